import { expect, test } from "vitest";
import type { Tensors } from "../../src/graph/executor.ts";
import { floats, ints, type Tensor } from "../../src/graph/tensor.ts";
import { crossEntropy, IGNORED } from "../../src/models/t5/labels.ts";
import { ortExecutor } from "../../src/onnx/ortExecutor.ts";
import { add, input, matmul, parameter } from "../../src/ops/index.ts";
import { Random } from "../../src/random/random.ts";
import { partsOf, summedGradients, type Cut } from "../../src/training/parts.ts";
import { Trainer, type TrainingGraph } from "../../src/training/trainer.ts";
import type { Optimizer } from "../../src/training/update.ts";

const executor = ortExecutor({ threads: 1 }), samples = 7, L = 5, width = 6, words = 4;

/** A linear classifier of tokens behind a frozen map. */
function classifier(): TrainingGraph {
  const w = parameter("w", [width, words]), b = parameter("b", [words]), x = matmul(input("x", ["B", "L", width]), parameter("frozen", [width, width]));
  return { loss: crossEntropy(add(matmul(x, w), b), input("labels", ["B", "L"], "int32")), parameters: new Map([["w", w], ["b", b]]), frozen: (name) => (name === "frozen" ? floats([width, width], new Random("frozen").normals(width ** 2)) : undefined) };
}
const initial = () => new Map<string, Tensor>([["weight/w", floats([width, words], new Random("w").normals(width * words))], ["weight/b", floats([words], [0, 0, 0, 0])]]);

/** A batch whose samples have from one to L targets; cut by three, its parts have 6, 11 and 1. */
function batch(step: number): Tensors {
  const random = new Random("parts", step), targets = [1, 2, 3, 5, 5, 1, 1], labels = targets.flatMap((n) => Array.from({ length: L }, (_, i) => (i < n ? random.int(words) : IGNORED)));
  return { x: floats([samples, L, width], random.normals(samples * L * width)), labels: ints([samples, L], labels) };
}
const byTarget: Cut = { atOnce: 3, counted: ({ labels }) => labels!.data.filter((label) => label >= 0).length };

const optimizers: readonly [string, Optimizer][] = [
  ["AdamW", {}], ["AdamW with clipping", { clip: 0.05 }],
  ["Muon beside AdamW, with clipping", { muon: { momentum: 0.9, weightDecay: 0.01, use: (_, shape) => shape.length === 2 }, clip: 0.05 }],
];

/** The largest difference between a training by whole batches and one by parts: of losses, gradient norms, and weights and moments in the end, each as a share of the largest number. */
async function difference(optimizer: Optimizer, cut: Cut): Promise<{ loss: number; gradNorm: number; state: number; norms: readonly number[] }> {
  const graph = classifier(), whole = await Trainer.create(executor, graph, optimizer, initial()), parts = await Trainer.inParts(executor, await summedGradients(executor, graph, cut), graph.parameters, optimizer, initial());
  let loss = 0, gradNorm = 0;
  const norms: number[] = [];
  for (let step = 0; step < 20; step++) {
    const a = await whole.run(batch(step), 0.02), b = await parts.run(batch(step), 0.02);
    loss = Math.max(loss, Math.abs(b.loss / a.loss - 1));
    gradNorm = Math.max(gradNorm, Math.abs(b.gradNorm / a.gradNorm - 1));
    norms.push(a.gradNorm);
  }
  expect([...parts.state.keys(), parts.step]).toEqual([...whole.state.keys(), whole.step]);
  const state = Math.max(...[...whole.state].map(([key, { data }]) => Math.max(...data.map((x, i) => Math.abs(x - parts.state.get(key)!.data[i]!))) / Math.max(...data.map(Math.abs))));
  await whole.release();
  await parts.release();
  return { loss, gradNorm, state, norms };
}

test.each(optimizers)("steps from parts with unequal numbers of targets are those of whole batches: %s", async (_, optimizer) => {
  const { loss, gradNorm, state, norms } = await difference(optimizer, byTarget);
  expect(Math.max(loss, gradNorm)).toBeLessThan(1e-6);
  expect(state).toBeLessThan(2e-6);
  expect(Math.min(...norms)).toBeGreaterThan(0.05); // so that clipping has something to do
});

test("parts weighed by their samples are another loss", async () => {
  expect((await difference({}, { atOnce: 3, counted: ({ x }) => x!.shape[0]! })).loss).toBeGreaterThan(0.01);
});

test("a batch is cut along its samples, in order, the rest last; shares follow what counts", () => {
  const parts = partsOf(batch(0), byTarget), { x, labels } = batch(0);
  expect(parts.map(({ feeds, share }) => [feeds["x"]!.shape, feeds["labels"]!.shape, share])).toEqual([[[3, L, width], [3, L], 6 / 18], [[3, L, width], [3, L], 11 / 18], [[1, L, width], [1, L], 1 / 18]]);
  expect(parts.flatMap(({ feeds }) => [...feeds["x"]!.data])).toEqual([...x!.data]);
  expect(parts.flatMap(({ feeds }) => [...feeds["labels"]!.data])).toEqual([...labels!.data]);
  expect(partsOf(batch(0), { ...byTarget, counted: (feeds) => feeds["x"]!.shape[0]! - 1 })).toHaveLength(2); // nothing counts in the last part, of one sample
  expect(() => partsOf({ ...batch(0), scale: floats([1], [2]) }, byTarget)).toThrow('"scale" has the shape [1]; to be cut into parts it needs 7 samples, as "x" has');
});
