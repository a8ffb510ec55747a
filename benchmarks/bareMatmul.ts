import type { Executor, Tensors } from "../src/graph/executor.ts";
import { floats, type Tensor } from "../src/graph/tensor.ts";
import type { Value } from "../src/graph/value.ts";
import { concat, input, matmul, parameter, reshape, slice } from "../src/ops/index.ts";
import type { MatmulShape } from "../src/ops/flops.ts";
import { normals } from "./workload.ts";

/** One run of nothing but the given matrix products, each on operands of its own; weights are laid out beforehand, as they are in a model. */
export async function bareMatmuls(executor: Executor, shapes: readonly MatmulShape[]): Promise<{ run(): Promise<unknown>; release(): Promise<void> }> {
  const feeds: Record<string, Tensor> = {}, weights = new Map<string, Tensor>(), corners: Value[] = [];
  const random = normals([Math.max(...shapes.flatMap(({ a, b }) => [a, b].map(product)))], "operands").data as Float32Array;
  for (const shape of shapes) {
    for (let i = 0; i < shape.count; i++) {
      const name = `${corners.length}`, a = input(`a${name}`, shape.a), b = shape.weight ? parameter(`b${name}`, shape.b) : input(`b${name}`, shape.b);
      feeds[`a${name}`] = floats(shape.a, random.slice(0, product(shape.a)));
      const operand = floats(shape.b, random.slice(0, product(shape.b)));
      if (shape.weight) weights.set(`b${name}`, operand);
      else feeds[`b${name}`] = operand;
      // One element of each product leaves the graph: nothing is spent on copying results.
      const y = matmul(a, b, shape);
      corners.push(reshape(y.shape.reduce<Value>((x, _, axis) => slice(x, axis, 0, 1), y), [1]));
    }
  }
  const program = await executor.compile({ corners: concat(corners, 0) }, (name) => weights.get(name));
  const inputs: Tensors = feeds;
  return { run: () => program.run(inputs), release: () => program.release() };
}

const product = (shape: readonly number[]): number => shape.reduce((a, b) => a * b, 1);
