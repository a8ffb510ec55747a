import { floats, type Tensor } from "../../graph/tensor.ts";
import { input } from "../../ops/index.ts";
import { Random } from "../../random/random.ts";
import { WeightScope } from "../weights.ts";
import { align, type AlignerConfig } from "./aligner.ts";

/**
 * Initial weights by released name: PyTorch's default Linear initialisation, uniform in +-1/sqrt(fan in) for weight and bias, each from a stream
 * of its own, and `normWeight` [D] for the norm where there is one.
 */
export function initialAligner(config: AlignerConfig, seed: number, normWeight?: Float32Array): Map<string, Tensor> {
  const weights = new WeightScope();
  align(weights, config, input("features", ["B", "S", config.inputWidth]));
  return new Map(weights.manifest().map(({ name, shape }) => {
    if (name === "mm_projector.3.weight") {
      if (normWeight?.length !== config.width) throw new Error(`the aligner's norm needs ${config.width} initial weights, found ${normWeight?.length ?? "none"}`);
      return [name, floats(shape, Float32Array.from(normWeight))];
    }
    const fanIn = name.startsWith("mm_projector.0.") ? config.inputWidth : config.width, bound = fanIn ** -0.5;
    const random = new Random("aligner weights", seed, name), size = shape.reduce((a, b) => a * b, 1);
    return [name, floats(shape, Float32Array.from({ length: size }, () => random.uniform(-bound, bound)))];
  }));
}
