import { cpSync, existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { officialPrompts } from "../../src/cobsat/prompts.ts";
import { readImageResult, readTextResult, type ResultSet } from "../../src/cobsat/results.ts";
import { posePrompt, taskOf } from "../../src/cobsat/tasks.ts";
import { exportResults } from "../../src/harness/exportResults.ts";
import { imageFile } from "../../src/harness/runs/images.ts";
import { openRun } from "../../src/harness/runs/run.ts";
import { readSamples, type Sample } from "../../src/harness/runs/samples.ts";
import { decodeImage } from "../../src/images/image.ts";
import { fixtureIdentity, fixturePlan, fixturePng, fixtureSample } from "./fixtureRun.ts";

const root = mkdtempSync(join(tmpdir(), "export-")), folder = join(root, "run"), out = join(root, "exported"), task = "Style-II";
const posed = (shots: number, prompt: number) => posePrompt(taskOf(task), shots, prompt, officialPrompts());

/** Two prompts at 2 and 4 shots: pictures but for one sample, texts, an arm of two training seeds, and one judged from a folder. */
async function writeRun(): Promise<void> {
  const arms = ["thinkdiff-lvlm", "lvlm-text"], seeded = [8, 9].map((trainingSeed) => ({ arm: "no-rmsnorm", trainingSeed, shots: 2, task, prompts: 1 }));
  const run = openRun(folder, fixtureIdentity(), { arguments: {}, plan: [...fixturePlan(arms, [task], 2), ...seeded, ...fixturePlan(["folder:other"], [task], 1, [2])] });
  for (const { id, arm, shots, prompt, trainingSeed } of run.remaining()) {
    const { pair: _, outcome: __, missed: ___, reason: ____, judged: _____, ...sample } = fixtureSample(arm, shots, task, prompt), own = { ...sample, id, seed: trainingSeed ?? 7 };
    if (id === `thinkdiff-lvlm/4/${task}/1`) run.appendSample({ ...own, outcome: "invalid", reason: "no image: an invented refusal" });
    else run.appendSample({ ...own, judged: sample.expected, outcome: "correct", ...(arm === "lvlm-text" ? {} : { image: run.saveImage(await fixturePng(id)) }) } as Sample);
  }
  run.close();
}
beforeAll(writeRun);
afterAll(() => rmSync(root, { recursive: true }));

it("writes each arm as a model, every picture and text where CoBSAT has it, and nothing for a sample without", async () => {
  expect(await exportResults(folder, out)).toEqual([
    { model: "thinkdiff-lvlm", mode: "image", written: 3, without: 1 }, { model: "lvlm-text", mode: "text", written: 4, without: 0 },
    { model: "no-rmsnorm-seed8", mode: "image", written: 1, without: 0 }, { model: "no-rmsnorm-seed9", mode: "image", written: 1, without: 0 },
  ]);
  const files = readdirSync(out, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  expect(files).toHaveLength(9);
  for (const { id, arm, seed, shots, prompt, image, text } of readSamples(folder).values()) {
    const set = { model: arm === "no-rmsnorm" ? `${arm}-seed${seed}` : arm, promptType: "default" } as const satisfies Partial<ResultSet>;
    if (arm === "lvlm-text") expect(await readTextResult(out, { ...set, mode: "text" }, posed(shots, prompt))).toBe(text);
    else if (arm !== "folder:other") {
      const found = await readImageResult(out, { ...set, mode: "image" }, posed(shots, prompt)), made = image === undefined ? undefined : await decodeImage(imageFile(folder, image));
      expect(found === undefined, id).toBe(made === undefined);
      const off = [...(found?.data ?? [])].reduce((sum: number, value: number, i: number) => sum + Math.abs(value - made!.data[i]!), 0) / (made?.data.length ?? 1);
      expect(off, id).toBeLessThan(4); // of 255: JPEG's rounding
    }
  }
});

it("writes whole or not at all, and names what is missing", async () => {
  await expect(exportResults(folder, out)).rejects.toThrow(`${out} exists; give --out a new folder`);
  const other = join(root, "other"), copy = join(root, "copy");
  const refuses = async (words: string | RegExp, signal?: AbortSignal): Promise<void> => {
    await expect(exportResults(copy, other, { signal })).rejects.toThrow(words);
    expect(readdirSync(root).filter((name) => name.startsWith("other"))).toEqual([]);
  };
  cpSync(folder, copy, { recursive: true });
  await refuses("interrupted", AbortSignal.abort());
  const file = imageFile(copy, readSamples(copy).get(`no-rmsnorm/2/${task}/0/9`)!.image!);
  writeFileSync(file, "other bytes");
  await refuses(`${file}: its bytes do not have the sha256 of its name, the picture of no-rmsnorm/2/${task}/0/9`);
  rmSync(file);
  await refuses(`${file}: missing, the picture of no-rmsnorm/2/${task}/0/9`);
  openRun(copy, fixtureIdentity(), { arguments: {}, plan: fixturePlan(["thinkdiff-lvlm"], [task], 3, [2]) }).close();
  await refuses(`unfinished, 1 samples are missing, first thinkdiff-lvlm/2/${task}/2; the command that began it goes on with it`);
  expect(existsSync(out)).toBe(true);
});
