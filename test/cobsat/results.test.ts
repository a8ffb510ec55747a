import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { outcomeOf } from "../../src/cobsat/judge/outcome.ts";
import { officialPrompts } from "../../src/cobsat/prompts.ts";
import { readImageResult, readSummary, readTextResult, resultPath, summaryPath, writeImageResult, writeSummary, writeTextResult, type ResultSet } from "../../src/cobsat/results.ts";
import { posePrompt, taskOf } from "../../src/cobsat/tasks.ts";

const set: ResultSet = { model: "thinkdiff", mode: "image", promptType: "default" }, prompts = officialPrompts();
const posed = posePrompt(taskOf("Style-II"), 2, 3, prompts);
let root: string;
beforeAll(() => void (root = mkdtempSync(join(tmpdir(), "results-"))));
afterAll(() => rmSync(root, { recursive: true, force: true }));

describe("CoBSAT's result layout", () => {
  it("names files by prompt, theta and all words, in the data set's own names", () => {
    const three = posePrompt(taskOf("Style-I"), 2, 0, [{ x_list: [8, 1, 0], theta_list: [0, 1, 2, 3] }]);
    expect(resultPath(set, three)).toBe("results/exps/thinkdiff_image/shot_2/default/task_5/0_chair_3d_sketch_watercolor.jpg");
    expect(resultPath({ ...set, mode: "text" }, three)).toMatch(/thinkdiff_text.*\.json$/);
    expect(summaryPath(set, "llava", 4, 10)).toBe("results/evals/thinkdiff_image/llava_eval/shot_4/default/task_10_summary.csv");
  });

  it("reads back the images and texts it writes, and nothing where there is nothing", async () => {
    expect(await readImageResult(root, set, posed)).toBeUndefined();
    expect(await readTextResult(root, set, posed)).toBeUndefined();
    const data = new Uint8Array(16 * 16 * 3).fill(90);
    await writeImageResult(root, set, posed, { width: 16, height: 16, data });
    writeTextResult(root, set, posed, "a lego car");
    const image = (await readImageResult(root, set, posed))!;
    expect([image.width, image.height, Math.max(...image.data.map((v) => Math.abs(v - 90)))]).toEqual([16, 16, 0]);
    expect(await readTextResult(root, set, posed)).toBe("a lego car");
  });

  it("names a file it cannot use", async () => {
    const image = join(root, resultPath(set, posed)), text = join(root, resultPath({ ...set, mode: "text" }, posed));
    writeFileSync(image, "");
    writeFileSync(text, "{}");
    await expect(readImageResult(root, set, posed)).rejects.toThrow(image);
    await expect(readTextResult(root, set, posed)).rejects.toThrow(/expected \{"description"/);
  });
});

describe("summaries", () => {
  it("count what is right by half and by role", async () => {
    const { expected, task } = posed, wrong = { detail: expected.detail, object: task.theme.subjects.find((s) => s !== expected.object)! };
    const rows = [expected, wrong].map((named) => ({ posed, named, outcome: outcomeOf(task, expected, named) }));
    writeSummary(root, set, "micro", 2, task.id, [...rows, { posed, named: {}, outcome: { outcome: "invalid", reason: "no image" } }]);
    const file = join(root, summaryPath(set, "micro", 2, task.id));
    expect(await readSummary(file)).toEqual({ n: 3, correct: 1 });
    const lines = readFileSync(file, "utf8").trim().split("\n");
    expect(lines[0]).toMatch(/^file_path,ground_truth_detail,ground_truth_obj,/);
    expect(lines[3]).toMatch(/,-1,-1,False,False,False,False,False,invalid$/);
    expect(lines[4]).toBe("SUMMARY,,,,,,,2,1,1,2,1,3 samples");
  });

  it("of CoBSAT's own scripts are read, and refused where they hold no scores", async () => {
    const file = join(root, "theirs.csv");
    writeFileSync(file, 'file_path,prompt_detail,correct\na.jpg,"What, then",True\nb.jpg,,False\nSUMMARY,Valid Count: 2,1\n');
    expect(await readSummary(file)).toEqual({ n: 2, correct: 1 });
    writeFileSync(file, "file_path,correct\na.jpg,maybe\n");
    await expect(readSummary(file)).rejects.toThrow(/theirs\.csv: column correct holds "maybe"/);
    for (const [text, message] of [["", /no header row/], ["file_path,correct\na.jpg\n", /row 2 has 1 fields, its header 2/], ['file_path,correct\n"a.jpg,True\n', /a quote is never closed/], ["__proto__,file_path\n1,a.jpg\n", /column correct holds undefined/]] as const) {
      writeFileSync(file, text);
      await expect(readSummary(file)).rejects.toThrow(message);
      await expect(readSummary(file)).rejects.toThrow(/^[^\n]*theirs\.csv: [^\n]*$/);
    }
  });
});
