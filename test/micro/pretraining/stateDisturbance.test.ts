import { describe, expect, it } from "vitest";
import { disturbanceFeeds, disturbed, timesDisturbance, type Disturbance } from "../../../src/micro/pretraining/stateDisturbance.ts";
import { NoiseTape } from "../../../src/micro/pretraining/noise.ts";
import { floats } from "../../../src/graph/tensor.ts";
import { ortExecutor } from "../../../src/onnx/ortExecutor.ts";
import { input } from "../../../src/ops/index.ts";
import { Random } from "../../../src/random/random.ts";

const tape = new NoiseTape("test", 1 << 12), lengths = [5, 3, 2, 4, 5, 1], T = 5, D = 7, B = lengths.length;
/** Token 10 b + t at position t of text b. */
const texts = lengths.map((length, b) => Array.from({ length }, (_, t) => 10 * (b + 1) + t));
const feeds = (limits: Partial<Disturbance>) => disturbanceFeeds(new Random("test"), tape, { clean: 0, independent: 0, shared: 0, mixed: 0, foreign: 0, ...limits }, texts.map((ids) => ({ ids })), D);
const rows = (data: ArrayLike<number>): number[][] => Array.from({ length: B * T }, (_, i) => Array.from({ length: 2 * T }, (_, j) => data[i * 2 * T + j]!));

describe("feeds of a disturbance", () => {
  it("leave states alone where nothing disturbs, or every sample is clean", () => {
    for (const { input_ids, mixing, state_noise, state_offset } of [feeds({}), feeds({ clean: 1, independent: 1, shared: 1, mixed: 0.5, foreign: 1 })]) {
      rows(mixing.data).forEach((row, i) => {
        expect(row[i % T]! + row[T + (i % T)]!).toBe(1);
        expect(row.filter((x) => x !== 0)).toEqual([1]);
      });
      texts.forEach((text, b) => text.forEach((id, t) => { for (const side of [0, 1]) expect(input_ids.data[(2 * b + side) * T + t]).toBe(id); }));
      for (const x of [...state_noise.data, ...state_offset.data]) expect(x).toBeCloseTo(0, 12);
    }
  });

  it("mix a position with one of its own text, by no more than the limit, and keep the whole at one", () => {
    let mixed = 0;
    rows(feeds({ mixed: 0.4 }).mixing.data).forEach((row, i) => {
      const t = i % T, length = lengths[Math.floor(i / T)]!, weights = row.slice(0, T).map((x, p) => x + row[T + p]!);
      expect(weights.reduce((a, b) => a + b, 0)).toBeCloseTo(1, 6);
      expect(weights[t]!).toBeGreaterThanOrEqual(0.6 - 1e-6);
      if (t >= length) expect(weights[t]).toBe(1);
      weights.slice(length).forEach((x, j) => { if (length + j !== t) expect(x).toBe(0); });
      if (weights[t]! < 1) mixed++;
    });
    expect(mixed).toBeGreaterThan(0);
  });

  it("take every state from where its own token stands, and put other texts' tokens around it", () => {
    const { input_ids, mixing } = feeds({ foreign: 1, mixed: 0.5 });
    let replaced = 0;
    rows(mixing.data).forEach((row, i) => {
      const b = Math.floor(i / T);
      row.forEach((weight, j) => {
        const side = Math.floor(j / T), t = j % T;
        if (weight > 0 && t < lengths[b]!) expect(input_ids.data[(2 * b + side) * T + t]).toBe(texts[b]![t]);
      });
    });
    texts.forEach((text, b) => text.forEach((id, t) => { for (const side of [0, 1]) if (input_ids.data[(2 * b + side) * T + t] !== id) replaced++; }));
    expect(replaced).toBeGreaterThan(2);
    expect(replaced).toBeLessThanOrEqual(lengths.reduce((a, b) => a + b, 0));
  });

  it("share an offset among a sample's positions, and noise among none", async () => {
    const program = await ortExecutor({ threads: 1 }).compile({ y: disturbed(input("x", ["2*B", "T", D]), input("scale", [D])) });
    const own = feeds({ independent: 1, shared: 1 }), scale = Float32Array.from({ length: D }, (_, d) => d + 1), x = Float32Array.from({ length: 2 * B * T * D }, (_, i) => Math.sin(i));
    const { y } = await program.run({ mixing: own.mixing, state_noise: own.state_noise, state_offset: own.state_offset, x: floats([2 * B, T, D], x), scale: floats([D], scale) });
    y!.data.forEach((value, i) => {
      const d = i % D, t = Math.floor(i / D) % T, b = Math.floor(i / (T * D)), side = own.mixing.data[(b * T + t) * 2 * T + t] === 1 ? 0 : 1;
      expect(value).toBeCloseTo(x[((2 * b + side) * T + t) * D + d]! + (own.state_noise.data[i]! + own.state_offset.data[b * D + d]!) * scale[d]!, 4);
    });
    await program.release();
  });

  it("keep a text and the one behind it apart: states of each from its own row, with amounts of its own", () => {
    const pair = { ids: [11, 12, 13], behind: [21, 22] }, all = { clean: 0, independent: 1, shared: 1, mixed: 0.5, foreign: 1 };
    const noiseOf = (random: string): number[][] => {
      const { input_ids, attention_mask, mixing, state_noise, state_offset } = disturbanceFeeds(new Random(random), tape, all, [pair, { ids: [1, 2, 3, 4, 5] }], D);
      expect([...input_ids.data.slice(0, 2 * T)]).toEqual([11, 12, 13, 0, 0, 21, 22, 0, 0, 0]);
      expect([...attention_mask.data.slice(0, 2 * T)]).toEqual([1, 1, 1, 0, 0, 1, 1, 0, 0, 0]);
      expect([...state_offset.data.slice(0, D)]).toEqual(Array(D).fill(0));
      Array.from({ length: T }, (_, t) => [...mixing.data.slice(t * 2 * T, (t + 1) * 2 * T)]).forEach((row, t) => {
        const own = t < 3 ? [0, 1, 2] : [5, 6];
        expect(row[t < 3 ? t : 5 + t - 3]).toBeGreaterThanOrEqual(0.5 - 1e-6);
        expect(row.reduce((a, b) => a + b, 0)).toBeCloseTo(1, 6);
        row.forEach((x, j) => { if (!own.includes(j)) expect(x).toBe(0); });
      });
      return [0, 3].map((t) => [...state_noise.data.slice(t * D, (t + 1) * D)]);
    };
    const size = (x: number[]): number => Math.hypot(...x), ratios = ["a", "b", "c", "d"].map((name) => { const [first, second] = noiseOf(name); return size(first!) / size(second!); });
    expect(Math.max(...ratios)).toBeGreaterThan(1.5 * Math.min(...ratios));
  });

  it("are scaled to any amount: none leaves states alone, half mixes and adds half as much, and nothing else is touched", () => {
    const own = { ...feeds({ independent: 1, shared: 1, mixed: 0.5, foreign: 1 }), labels: floats([1], [3]) }, none = timesDisturbance(own, 0), half = timesDisturbance(own, 0.5);
    const alone = rows(none.mixing.data), mixed = rows(own.mixing.data);
    alone.forEach((row, i) => {
      expect(row[i % T]! + row[T + (i % T)]!).toBe(1);
      expect(row.filter((x) => x === 0)).toHaveLength(2 * T - 1);
    });
    expect([...none.state_noise.data, ...none.state_offset.data].every((x) => Math.abs(x) === 0)).toBe(true);
    rows(half.mixing.data).forEach((row, i) => row.forEach((x, j) => expect(x).toBeCloseTo((alone[i]![j]! + mixed[i]![j]!) / 2, 6)));
    half.state_noise.data.forEach((x, i) => expect(x).toBeCloseTo(own.state_noise.data[i]! / 2, 6));
    for (const key of ["labels", "input_ids"] as const) expect(half[key]).toBe(own[key]);
  });
});
