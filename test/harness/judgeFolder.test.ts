import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import type { Judge } from "../../src/cobsat/judge/judge.ts";
import { officialPrompts } from "../../src/cobsat/prompts.ts";
import { readSummary, resultPath, summaryPath, writeImageResult, type ResultSet } from "../../src/cobsat/results.ts";
import { posePrompt, taskOf } from "../../src/cobsat/tasks.ts";
import { countImages, judgeFolder } from "../../src/harness/judgeFolder.ts";

const root = mkdtempSync(join(tmpdir(), "judge-"));
afterAll(() => rmSync(root, { recursive: true }));

const set: ResultSet = { model: "some-model", mode: "image", promptType: "default" }, task = taskOf("Color-I");
const posed = (prompt: number) => posePrompt(task, 2, prompt, officialPrompts());
/** Reads the red channel of the first pixel as the index of the object; the detail is always the first. */
const judge: Judge = {
  name: "channel", identity: "channel",
  judge: async (items) => items.map(({ image, theme }) => ({ detail: { value: theme.details[0]! }, object: { value: theme.subjects[Math.round(image.data[0]! / 25)]! } })),
};
const picture = (object: number) => ({ width: 16, height: 16, data: new Uint8Array(16 * 16 * 3).fill(25 * object) });

beforeAll(async () => {
  // Prompts 0 to 4: 0 to 2 name their objects, 3 is missing, 4 is broken.
  for (const prompt of [0, 1, 2]) await writeImageResult(root, set, posed(prompt), picture(task.theme.subjects.indexOf(posed(prompt).expected.object)));
  await writeImageResult(root, set, posed(4), picture(0));
  writeFileSync(join(root, resultPath(set, posed(4))), "not a picture");
});

it("scores what is there, counts missing and broken pictures as invalid, and writes CoBSAT's summary", async () => {
  expect(countImages(root)).toBe(5);
  let judged = 0;
  const cells = await judgeFolder(root, judge, { onImages: (count) => (judged += count) });
  const correct = [0, 1, 2].filter((prompt) => posed(prompt).expected.detail === task.theme.details[0]).length;
  expect(cells).toEqual([{ model: "some-model", promptType: "default", shots: 2, task: "Color-I", taskId: 1, n: 5, correct, wrong: 3 - correct, invalid: 2, accuracy: correct / 5, strictAccuracy: correct / 3 }]);
  expect(judged).toBe(5);
  expect(await readSummary(join(root, summaryPath(set, "channel", 2, 1)))).toEqual({ n: 5, correct });
});

it("takes the first samples where they are limited", async () => {
  expect((await judgeFolder(root, judge, { samples: 2, shots: [2], tasks: [task] }))[0]).toMatchObject({ n: 2, invalid: 0 });
});

it("says which layout it expects where it finds no pictures", async () => {
  await expect(judgeFolder(root, judge, { shots: [4] })).rejects.toThrow("results/exps/{model}_image/shot_{k}");
});

it("stops between batches once the signal says so, without a half summary", async () => {
  rmSync(join(root, "results/evals"), { recursive: true });
  expect(await judgeFolder(root, judge, { signal: AbortSignal.abort() })).toEqual([]);
  expect(existsSync(join(root, "results/evals"))).toBe(false);
});
