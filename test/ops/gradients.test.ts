import { describe, expect, test } from "vitest";
import { gradients } from "../../src/autodiff/gradient.ts";
import { floats } from "../../src/graph/tensor.ts";
import { apply } from "../../src/graph/value.ts";
import { verifyGraph } from "../../src/graph/verify.ts";
import { ortExecutor } from "../../src/onnx/ortExecutor.ts";
import { input, mul, sum } from "../../src/ops/index.ts";
import { Random } from "../../src/random/random.ts";
import { fillSample, opCases } from "./samples.ts";

const executor = ortExecutor({ threads: 1 });

describe("the vector-Jacobian product agrees with a directional finite difference", () => {
  test.each(opCases.filter(({ op }) => op.vjp !== "none"))("$name", async ({ op, sample, name }) => {
    const random = new Random("gradient", name);
    const tensors = sample.inputs.map((x) => fillSample(x, random));
    const values = tensors.map((t, i) => input(`x${i}`, t.shape, t.dtype));
    const y = apply(op, values, sample.attributes);
    const u = input("u", y.shape);
    const targets = values.filter((v) => v.dtype === "float32");
    const grads = gradients(sum(mul(y, u)), targets);
    const outputs = Object.fromEntries([["y", y], ...grads.map((g, i) => [`g${i}`, g])]);
    verifyGraph(Object.values(outputs));
    const program = await executor.compile(outputs);
    const size = (y.shape as number[]).reduce((a, b) => a * b, 1);
    const uTensor = floats(y.shape as number[], random.normals(size));
    const directions = tensors.map((t) => (t.dtype === "float32" ? random.normals(t.data.length) : undefined));
    const at = async (step: number) => {
      const feeds = Object.fromEntries(tensors.map((t, i) => [`x${i}`, directions[i] ? floats(t.shape, Float32Array.from(t.data, (x, j) => x + step * directions[i]![j]!)) : t]));
      return program.run({ ...feeds, u: uTensor });
    };
    const dot = (a: ArrayLike<number>, b: ArrayLike<number>) => { let s = 0; for (let i = 0; i < a.length; i++) s += a[i]! * b[i]!; return s; };
    const h = 2 ** -9;
    const [plus, minus, centre] = [await at(h), await at(-h), await at(0)];
    expect(centre.y!.shape).toEqual(y.shape);
    const difference = (dot(plus.y!.data, uTensor.data) - dot(minus.y!.data, uTensor.data)) / (2 * h);
    let product = 0, scale = 1, k = 0;
    tensors.forEach((_, i) => {
      if (!directions[i]) return;
      const g = centre[`g${k++}`]!.data;
      product += dot(g, directions[i]!);
      scale += Math.sqrt(dot(g, g));
    });
    expect(Math.abs(difference - product) / scale).toBeLessThan(4e-3);
    await program.release();
  });
});
