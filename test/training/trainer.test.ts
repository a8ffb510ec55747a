import { expect, test } from "vitest";
import { floats, type Tensor } from "../../src/graph/tensor.ts";
import { ortExecutor } from "../../src/onnx/ortExecutor.ts";
import { add, input, matmul, mean, mul, parameter, sub } from "../../src/ops/index.ts";
import { Random } from "../../src/random/random.ts";
import { Trainer } from "../../src/training/trainer.ts";
import type { Optimizer } from "../../src/training/update.ts";

const executor = ortExecutor({ threads: 1 });
const random = new Random("trainer"), truth = floats([4, 3], random.normals(12)), frozen = floats([3], [1, -1, 2]);

function regression(): Parameters<typeof Trainer.create>[1] {
  const w = parameter("w", [4, 3]), b = parameter("b", [3]), x = input("x", ["B", 4]), error = sub(add(add(matmul(x, w), b), parameter("shift", [3])), input("y", ["B", 3]));
  return { loss: mean(mul(error, error)), parameters: new Map([["w", w], ["b", b]]), metrics: { error }, frozen: (name) => (name === "shift" ? frozen : undefined) };
}
const initial = () => new Map<string, Tensor>([["weight/w", floats([4, 3], new Float32Array(12))], ["weight/b", floats([3], [0, 0, 0])]]);

/** The batch of a step: x, and y = x truth + shift. */
function batch(step: number): { x: Tensor; y: Tensor } {
  const x = new Random("batch", step).normals(16 * 4), y = new Float32Array(16 * 3);
  for (let b = 0; b < 16; b++) for (let j = 0; j < 3; j++) for (let k = 0; k < 4; k++) y[b * 3 + j]! += x[b * 4 + k]! * truth.data[k * 3 + j]!;
  for (let i = 0; i < y.length; i++) y[i]! += frozen.data[i % 3]!;
  return { x: floats([16, 4], x), y: floats([16, 3], y) };
}

const withMuon: Optimizer = { adamW: { beta1: 0.9, beta2: 0.95, eps: 1e-8, weightDecay: 0 }, muon: { momentum: 0.9, weightDecay: 0, use: (_, shape) => shape.length === 2 }, clip: 1 };

test.each<[string, Optimizer]>([["AdamW", { adamW: { beta1: 0.9, beta2: 0.95, eps: 1e-8, weightDecay: 0 } }], ["Muon beside AdamW, with clipping", withMuon]])("%s finds a linear map", async (_, optimizer) => {
  const trainer = await Trainer.create(executor, regression(), optimizer, initial());
  const losses: number[] = [];
  for (let step = 0; step < 200; step++) losses.push((await trainer.run(batch(step), 0.05 * (1 - step / 200))).loss);
  expect(losses[0]).toBeGreaterThan(0.5);
  expect(losses.at(-1)).toBeLessThan(0.02);
  trainer.weight("w").data.forEach((v, i) => expect(v).toBeCloseTo(truth.data[i]!, 0));
  await trainer.release();
});

test("loss, gradient norm and metrics are from before the update, and match the gradient by hand", async () => {
  const trainer = await Trainer.create(executor, regression(), { adamW: { beta1: 0.9, beta2: 0.999, eps: 1e-8, weightDecay: 0 } }, initial());
  const { x, y } = batch(0), { loss, gradNorm, metrics } = await trainer.run({ x, y }, 0.1);
  const error = Float32Array.from(y.data, (v, i) => frozen.data[i % 3]! - v);
  expect([...metrics["error"]!.data].map((v, i) => Math.abs(v - error[i]!)).every((d) => d < 1e-5)).toBe(true);
  expect(loss).toBeCloseTo(error.reduce((s, e) => s + e * e, 0) / 48, 4);
  let square = 0;
  for (let j = 0; j < 3; j++) {
    const own = [0, 1, 2, 3].map((k) => { let s = 0; for (let b = 0; b < 16; b++) s += x.data[b * 4 + k]! * error[b * 3 + j]!; return (2 * s) / 48; });
    let bias = 0;
    for (let b = 0; b < 16; b++) bias += (2 * error[b * 3 + j]!) / 48;
    square += own.reduce((s, g) => s + g * g, bias * bias);
  }
  expect(gradNorm).toBeCloseTo(Math.sqrt(square), 4);
  expect(Math.max(...trainer.weight("w").data.map((v) => Math.abs(Math.abs(v) - 0.1)))).toBeLessThan(1e-4);
  await trainer.release();
});

test.each<[string, Optimizer]>([["AdamW", {}], ["Muon", withMuon]])("training resumed from a state equals training that went on: %s", async (_, optimizer) => {
  const whole = await Trainer.create(executor, regression(), optimizer, initial());
  for (let step = 0; step < 4; step++) await whole.run(batch(step), 0.01);
  const half = new Map(whole.state), steps = whole.step;
  const resumed = await Trainer.create(executor, regression(), optimizer, half, steps);
  for (let step = 4; step < 8; step++) {
    const a = await whole.run(batch(step), 0.01), b = await resumed.run(batch(step), 0.01);
    expect(b.loss).toBe(a.loss);
  }
  expect(resumed.step).toBe(8);
  expect([...resumed.state].map(([key, t]) => [key, ...t.data])).toEqual([...whole.state].map(([key, t]) => [key, ...t.data]));
  expect([...half.get("weight/w")!.data]).not.toEqual([...whole.weight("w").data]);
  await whole.release();
  await resumed.release();
});

test("a parameter without an initial value is refused by name", async () => {
  await expect(Trainer.create(executor, regression(), {}, new Map([["weight/w", initial().get("weight/w")!]]))).rejects.toThrow('training needs an initial value of "b"');
});
