import { afterAll, beforeAll, expect, test } from "vitest";
import { prepareBatch, type Prompt } from "../../../src/models/qwen2vl/batch.ts";
import { qwen2vlGenerator, type GeneratedRow, type Qwen2VLGenerator } from "../../../src/models/qwen2vl/generate.ts";
import { qwen2vlForward, qwen2vlInputs } from "../../../src/models/qwen2vl/qwen2vl.ts";
import { WeightScope } from "../../../src/models/weights.ts";
import { ortExecutor } from "../../../src/onnx/ortExecutor.ts";
import { Random } from "../../../src/random/random.ts";
import { randomParameters } from "../directionalDerivative.ts";
import { smallConfig, smallImage, smallPrompt } from "./smallModel.ts";

const config = smallConfig(), executor = ortExecutor({ threads: 1 }), D = config.hidden_size;
const scope = new WeightScope(), whole = qwen2vlForward(scope, config, qwen2vlInputs(config, { mixedGrids: true }));
const parameters = randomParameters(scope), weights = (name: string) => parameters[name];
const image = (seed: string, rows?: number, columns?: number) => smallImage(config, seed, rows, columns);
const prompts: Prompt[] = [
  smallPrompt([8, 9], [image("a")], [10]),
  smallPrompt([], [image("b", 4, 6), image("c")], [11, 12, 13]),
  smallPrompt([14], [image("d", 4, 2)], []),
  smallPrompt([15, 16, 17, 18], [], [19]),
];
const streams = () => prompts.map((_, i) => new Random("generation", i));
const close = (a: Float32Array, b: Float32Array): void => { expect(a.length).toBe(b.length); a.forEach((x, i) => expect(Math.abs(x - b[i]!)).toBeLessThan(1e-4)); };

let generator: Qwen2VLGenerator;
beforeAll(async () => { generator = await qwen2vlGenerator(executor, config, weights); });
afterAll(() => generator.release());

test("features are the final norm at the token before each, as one pass over prompt and continuation gives them", async () => {
  const [row] = await generator.generate([prompts[1]!], { maxNewTokens: 7, endIds: [] });
  const { feeds } = prepareBatch(config, [{ ids: [...Array.from(prompts[1]!.ids), ...row!.ids], images: prompts[1]!.images }]);
  const program = await executor.compile({ norm: whole.norm }, weights), { norm } = await program.run(feeds);
  await program.release();
  const last = prompts[1]!.ids.length - 1;
  close(row!.features, norm.data.slice(last * D, (last + 7) * D) as Float32Array);
});

test("a row is the same alone and among others, greedy or sampled", async () => {
  for (const sampled of [false, true]) {
    const sampling = (own: Random[]) => (sampled ? { temperature: 0.9, topP: 0.95, streams: own } : undefined);
    const together = await generator.generate(prompts, { maxNewTokens: 9, endIds: [], sampling: sampling(streams()) });
    for (const [i, prompt] of prompts.entries()) {
      const [alone] = await generator.generate([prompt], { maxNewTokens: 9, endIds: [], sampling: sampling([streams()[i]!]) });
      expect([...alone!.ids]).toEqual([...together[i]!.ids]);
      close(alone!.features, together[i]!.features);
    }
  }
});

test("rows stop at an end token, which is left out, and the others go on as if nothing had happened", async () => {
  const options = { maxNewTokens: 12, sampling: { temperature: 1.5, topP: 1 } }, sample = (endIds: number[]): Promise<GeneratedRow[]> =>
    generator.generate(prompts, { maxNewTokens: options.maxNewTokens, endIds, sampling: { ...options.sampling, streams: streams() } });
  const free = await sample([]);
  // Some token that not every row writes ends those that do, at different places.
  const lengths = (id: number): number[] => free.map(({ ids }) => (ids.includes(id) ? ids.indexOf(id) : ids.length));
  const end = [...Array(config.vocab_size).keys()].find((id) => new Set(lengths(id)).size >= 3)!;
  const stopped = await sample([end]);
  expect(stopped.map(({ ids }) => ids.length)).toEqual(lengths(end));
  stopped.forEach((row, i) => {
    expect([...row.ids]).toEqual([...free[i]!.ids.slice(0, row.ids.length)]);
    expect(row.ended).toBe(row.ids.length < 12);
    close(row.features, free[i]!.features.slice(0, row.ids.length * D));
  });
});

test("a row may end at once, and one token needs no further step", async () => {
  const [first] = await generator.generate([prompts[0]!], { maxNewTokens: 1, endIds: [], keepLogits: true });
  expect([first!.ids.length, first!.features.length, first!.logits!.length, first!.ended]).toEqual([1, D, config.vocab_size, false]);
  const [none] = await generator.generate([prompts[0]!], { maxNewTokens: 5, endIds: [first!.ids[0]!] });
  expect([none!.ids.length, none!.features.length, none!.logits, none!.ended]).toEqual([0, 0, undefined, true]);
});

test("as many random streams as prompts are needed", async () => {
  await expect(generator.generate(prompts, { maxNewTokens: 2, endIds: [], sampling: { temperature: 1, topP: 1, streams: [] } })).rejects.toThrow(/each of 4 prompts, found 0/);
});
