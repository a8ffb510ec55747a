import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { floats } from "../../../src/graph/tensor.ts";
import type { Recipe } from "../../../src/micro/pretraining/recipe.ts";
import { recipes } from "../../../src/micro/pretraining/recipes.ts";
import { pretrain } from "../../../src/micro/pretraining/run.ts";
import { WeightScope } from "../../../src/models/weights.ts";
import { ortExecutor } from "../../../src/onnx/ortExecutor.ts";
import { input, matmul, mean, mul, sub } from "../../../src/ops/index.ts";

const folder = mkdtempSync(join(tmpdir(), "pretrain-")), executor = ortExecutor({ threads: 1 });
afterAll(() => rmSync(folder, { recursive: true }));

/** y = x w, learnt from w = 0 over six steps. */
const recipe: Recipe = {
  name: "line", description: "A line.", data: "made up", numbers: { slope: 2 }, steps: 6, needs: [], files: { "config.json": {} }, average: 0.9,
  async prepare() {
    const weights = new WeightScope(), w = weights.param("w", [3, 1]), error = sub(matmul(input("x", ["B", 3]), w), input("y", ["B", 1]));
    return {
      graph: { loss: mean(mul(error, error), [0, 1]), parameters: new Map(weights.parameters), frozen: () => undefined },
      optimizer: { adamW: { beta1: 0.9, beta2: 0.99, eps: 1e-8, weightDecay: 0 } }, schedule: () => 0.1,
      initial: new Map([["w", floats([3, 1], Float32Array.of(0, 0, 0))]]),
      batch: (step) => ({ x: floats([2, 3], Float32Array.from([1, step, 2, 0, 1, -step])), y: floats([2, 1], Float32Array.of(1, 2)) }),
    };
  },
};

const run = (name: string, more: Partial<Parameters<typeof pretrain>[1]> = {}): Promise<boolean> =>
  pretrain(recipe, { executor, cache: join(folder, name, "cache"), assets: join(folder, name, "assets"), every: 1000, progress: () => {}, ...more });
const weightsOf = (name: string): Buffer => readFileSync(join(folder, name, "assets/line/model.safetensors"));
const steps = (name: string): number[] => readFileSync(join(folder, name, "cache/line/losses.jsonl"), "utf8").trim().split("\n").map((line) => (JSON.parse(line) as { step: number }).step);

it("gives the same weights whether interrupted or not, each step recorded once", async () => {
  expect(await run("straight")).toBe(true);
  expect(JSON.parse(readFileSync(join(folder, "straight/assets/line/recipe.json"), "utf8"))).toEqual({ recipe: "line", steps: 6, slope: 2 });
  const controller = new AbortController();
  expect(await run("interrupted", { signal: controller.signal, onStep: (step) => { if (step === 2) controller.abort(); } })).toBe(false);
  expect(existsSync(join(folder, "interrupted/assets/line"))).toBe(false);
  expect(steps("interrupted")).toEqual([0, 1, 2]);
  expect(await run("interrupted")).toBe(true);
  expect(weightsOf("interrupted").equals(weightsOf("straight"))).toBe(true);
  expect(steps("interrupted")).toEqual([0, 1, 2, 3, 4, 5]);
});

it("knows each recipe by its own name, after those it needs", () => {
  const names = Object.keys(recipes), made = names.map((name) => recipes[name]!("assets/micro"));
  expect(made.map(({ name }) => name)).toEqual(names);
  made.forEach(({ needs }, i) => expect(needs.filter((need) => names.indexOf(need) >= i || !names.includes(need))).toEqual([]));
});
