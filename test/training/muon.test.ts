import { expect, test } from "vitest";
import { floats, type Tensor } from "../../src/graph/tensor.ts";
import { ortExecutor } from "../../src/onnx/ortExecutor.ts";
import { input, mul } from "../../src/ops/index.ts";
import { Random } from "../../src/random/random.ts";
import { muon, orthogonalise } from "../../src/training/muon.ts";

const executor = ortExecutor({ threads: 1 });
const matrix = (r: number, c: number, seed: string) => floats([r, c], new Random("muon", seed).normals(r * c));

/** Inner products of the rows (or columns, if fewer). */
function gram({ data, shape: [r, c] }: Tensor): number[][] {
  const [n, m] = [Math.min(r!, c!), Math.max(r!, c!)], at = (i: number, k: number) => (r! <= c! ? data[i * c! + k]! : data[k * c! + i]!);
  return Array.from({ length: n }, (_, i) => Array.from({ length: n }, (_, j) => { let s = 0; for (let k = 0; k < m; k++) s += at(i, k) * at(j, k); return s; }));
}

test.each([[5, 13], [13, 5], [8, 8]])("a %i x %i matrix becomes nearly orthogonal: singular values near 1, spaces kept", async (r, c) => {
  const x = input("x", [r, c]), program = await executor.compile({ y: orthogonalise(x) }), given = matrix(r, c, `${r}`);
  const { y } = await program.run({ x: given }), products = gram(y), n = Math.min(r, c);
  const trace = products.reduce((s, row, i) => s + row[i]!, 0) / n;
  expect(trace).toBeGreaterThan(0.5);
  expect(trace).toBeLessThan(1.35);
  // The size of the input does not matter.
  const { y: again } = await program.run({ x: floats([r, c], given.data.map((v) => 1000 * v)) });
  expect(Math.max(...Array.from(again.data, (v, i) => Math.abs(v - y.data[i]!)))).toBeLessThan(2e-4);
  await program.release();
});

test("more steps of an orthogonal matrix leave its directions alone", async () => {
  const program = await executor.compile({ y: orthogonalise(input("x", [3, 3])) });
  const { y } = await program.run({ x: floats([3, 3], [0, 2, 0, 0, 0, 2, 2, 0, 0]) });
  for (const [i, v] of y.data.entries()) {
    if ([1, 5, 6].includes(i)) expect(Math.abs(v - 1)).toBeLessThan(0.35);
    else expect(Math.abs(v)).toBeLessThan(1e-5);
  }
  await program.release();
});

test("a step has Nesterov momentum, decay and AdamW's size, for matrices and kernels alike", async () => {
  for (const shape of [[4, 6], [4, 3, 2, 1]]) {
    const [next] = muon([{ weight: input("w", shape), momentum: input("m", shape) }], [input("g", shape)], input("rate", []), { momentum: 0.5, weightDecay: 0.1 });
    const program = await executor.compile({ newW: next!.weight, newM: next!.momentum });
    const tensor = (seed: string) => floats(shape, matrix(4, 6, seed).data), [w, m, g] = [tensor("w"), tensor("m"), tensor("g")];
    const { newW, newM } = await program.run({ w, m, g, rate: floats([], [0.01]) });
    newM.data.forEach((v, i) => expect(v).toBeCloseTo(0.5 * m.data[i]! + 0.5 * g.data[i]!, 5));
    const update = Float32Array.from(newW.data, (v, i) => (w.data[i]! * (1 - 0.001) - v) / 0.01);
    const rms = Math.sqrt(update.reduce((s, v) => s + v * v, 0) / update.length);
    expect(rms).toBeGreaterThan(0.12);
    expect(rms).toBeLessThan(0.28);
    await program.release();
  }
});

test("matrices of one shape, stepped together, move as each does alone", async () => {
  const shapes = [[4, 6], [6, 4], [4, 6], [4, 3, 2, 1]], c = { momentum: 0.5, weightDecay: 0.1 }, rate = input("rate", []);
  const states = shapes.map((shape, i) => ({ weight: input(`w${i}`, shape), momentum: input(`m${i}`, shape) })), gradients = shapes.map((shape, i) => input(`g${i}`, shape));
  const together = muon(states, gradients, rate, c, 3), alone = states.map((state, i) => muon([state], [mul(gradients[i]!, 3)], rate, c)[0]!);
  const program = await executor.compile(Object.fromEntries(together.flatMap((next, i) => [[`a${i}`, next.weight], [`b${i}`, alone[i]!.weight], [`c${i}`, next.momentum], [`d${i}`, alone[i]!.momentum]])));
  const feeds = Object.fromEntries(shapes.flatMap((shape, i) => ["w", "m", "g"].map((part) => [`${part}${i}`, floats(shape, matrix(4, 6, `${part}${i}`).data)])));
  const got = await program.run({ ...feeds, rate: floats([], [0.01]) });
  for (const i of shapes.keys()) for (const [own, other] of [["a", "b"], ["c", "d"]]) got[`${own}${i}`]!.data.forEach((v, j) => expect(v).toBeCloseTo(got[`${other}${i}`]!.data[j]!, 5));
  expect(got["a0"]!.data).not.toEqual(got["a2"]!.data);
  await program.release();
});
