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
  const manifest = weights.manifest(), fanIns = new Map(manifest.filter(({ shape }) => shape.length === 2).map(({ name, shape }) => [name.replace(/\.weight$/, ""), shape[1]!]));
  return new Map(manifest.map(({ name, shape }) => {
    const fanIn = fanIns.get(name.replace(/\.(weight|bias)$/, ""));
    if (fanIn === undefined) { // the norm
      if (normWeight?.length !== config.width) throw new Error(`the aligner's norm needs ${config.width} initial weights, found ${normWeight?.length ?? "none"}`);
      return [name, floats(shape, Float32Array.from(normWeight))];
    }
    const bound = fanIn ** -0.5;
    const random = new Random("aligner weights", seed, name), size = shape.reduce((a, b) => a * b, 1);
    return [name, floats(shape, Float32Array.from({ length: size }, () => random.uniform(-bound, bound)))];
  }));
}
