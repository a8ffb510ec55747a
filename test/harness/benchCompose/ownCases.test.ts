import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import sharp, { type Sharp } from "sharp";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { benchCompose, type BenchComposeResult } from "../../../src/harness/benchCompose/benchCompose.ts";
import { folderCases } from "../../../src/harness/benchCompose/folderCases.ts";
import { composeSchema, type ComposeLine } from "../../../src/harness/benchCompose/lines.ts";
import type { BenchComposeOptions } from "../../../src/harness/benchCompose/options.ts";
import { compareRuns } from "../../../src/harness/compare/compareRuns.ts";
import type { Profile } from "../../../src/harness/profile.ts";
import { reportFile } from "../../../src/harness/report/page.ts";
import { renderReport } from "../../../src/harness/report/render.ts";
import { readLines } from "../../../src/harness/runs/samples.ts";
import { verifyRun } from "../../../src/harness/verify.ts";
import { tinyProfile } from "../benchCobsat/tinyProfile.ts";

const root = mkdtempSync(join(tmpdir(), "own-cases-")), own = join(root, "cases");
let profile: Profile, whole: BenchComposeResult;

const picture = (width: number, height: number, r: number): Sharp => sharp({ create: { width, height, channels: 3, background: { r, g: 120, b: 40 } } });

async function writeCase(folder: string, name: string, files: Readonly<Record<string, string | Sharp>>): Promise<void> {
  mkdirSync(join(folder, name), { recursive: true });
  for (const [file, content] of Object.entries(files)) writeFileSync(join(folder, name, file), typeof content === "string" ? content : await content.toFormat(file.endsWith("png") ? "png" : "jpeg").toBuffer());
}

const start = (options: Partial<BenchComposeOptions> = {}): Promise<BenchComposeResult> => benchCompose({ profile, threads: 1, continueWithOtherCode: true, out: join(root, "run"), ...options });
const samplesOf = (folder: string): Record<string, ComposeLine> => Object.fromEntries([...readLines(folder, composeSchema)].sort(([a], [b]) => (a < b ? -1 : 1)).map(([id, sample]) => [id, { ...sample, seconds: 0 }]));

beforeAll(async () => {
  await writeCase(own, "b both", { "1.png": picture(30, 50, 200), "2.jpg": picture(60, 20, 10), "say.txt": "at the\nbeach " });
  await writeCase(own, "a one", { "only.png": picture(40, 40, 90) });
  const tiny = tinyProfile(root, join(root, "none"));
  profile = { ...tiny, compose: { ...tiny.compose, folder: own } };
  whole = await start();
}, 120_000);
afterAll(() => rmSync(root, { recursive: true }));

describe("cases of a user's own", () => {
  it("serve every kind of input that they have the parts for, in the order of their names", async () => {
    const cases = folderCases(own);
    expect((["I", "I+T", "2I", "2I+T"] as const).map((task) => cases.count(task))).toEqual([2, 1, 1, 1]);
    const both = cases.at("2I+T", 0);
    expect([cases.at("I", 0).name, cases.at("I", 1).text, both.name, both.text, (await both.images()).map(({ width, height }) => [width, height])]).toEqual(["a one", "", "b both", "at the beach", [[30, 50], [60, 20]]]);
    await writeCase(join(root, "large"), "x", { "1.jpg": picture(3000, 30, 1) });
    expect((await folderCases(join(root, "large")).at("I", 0).images()).map(({ width, height }) => [width, height])).toEqual([[1024, 10]]);
  });

  it("have an identity that changes with a text, a picture or a name", async () => {
    const at = join(root, "identity"), seen = new Set<string>();
    for (const [name, files] of [["x", { "1.png": picture(9, 9, 1) }], ["x", { "1.png": picture(9, 9, 2) }], ["x", { "t.txt": "new" }], ["y", { "1.png": picture(9, 9, 2) }]] as const) {
      await writeCase(at, name, files);
      seen.add(folderCases(at).identity);
    }
    expect(seen.size).toBe(4);
  });

  it("are refused in one line that says what a case looks like", async () => {
    const at = join(root, "bad");
    expect(() => folderCases(at)).toThrow(/bad: no such folder.*one or two pictures/);
    mkdirSync(at);
    expect(() => folderCases(at)).toThrow(/bad: holds no case; expected a folder for each case/);
    await writeCase(at, "none", { "a.txt": "no picture" });
    expect(() => folderCases(at)).toThrow(/none: 0 pictures; a case has one or two/);
    mkdirSync(join(at, "none/x.png"));
    expect(() => folderCases(at)).toThrow(/none: 0 pictures/);
    await writeCase(at, "none", { "1.png": picture(9, 9, 1), "b.txt": "two texts" });
    expect(() => folderCases(at)).toThrow(/a\.txt and b\.txt; a case has one text/);
    writeFileSync(join(at, "none/1.png"), "no picture");
    rmSync(join(at, "none/b.txt"));
    const out = join(root, "refused");
    await expect(start({ profile: { ...profile, compose: { ...profile.compose, folder: at } }, out })).rejects.toThrow(/1\.png: cannot be decoded/);
    await expect(start({ arms: ["true-caption"], out })).rejects.toMatchObject({ exitCode: 2, message: expect.stringContaining("true-caption: it is given what is in the pictures") as unknown });
    await expect(start({ arms: ["shuffled-features"], tasks: ["2I"], out })).rejects.toMatchObject({ exitCode: 2, message: expect.stringContaining("as far as") as unknown });
  });
});

describe("bench:compose on them", () => {
  it("measures every arm that needs no known attributes, without a judge, and leaves a run that verifies", async () => {
    expect([whole.exitCode, whole.summary.complete, whole.summary.cells, whole.summary.differences]).toEqual([0, true, [], []]);
    const cells = Object.fromEntries(whole.summary.measured!.map((cell) => [`${cell.arm} ${cell.task}`, cell]));
    expect(Object.keys(cells).filter((key) => key.endsWith(" I"))).toEqual(["thinkdiff-clip I", "text-bridge I", "copy-input I", "untrained-aligner I", "shuffled-features I"]);
    expect(cells["thinkdiff-clip I"]).toMatchObject({ n: 6, cases: 2, invalid: 0, text: null, frechet: { outputs: 6, inputs: 2 } });
    expect(cells["thinkdiff-clip I"]!.images[0]!.ci95).not.toBeNull();
    expect(cells["thinkdiff-clip 2I+T"]).toMatchObject({ n: 3, cases: 1, images: [{ ci95: null }, { ci95: null }], text: { ci95: null } });
    expect(cells["copy-input I"]!.images[0]!.mean).toBeCloseTo(1, 5);
    expect(cells["copy-input I"]!.frechet.distance).toBeCloseTo(0, 5);
    expect(cells["thinkdiff-clip I"]!.frechet.distance).toBeGreaterThan(cells["copy-input I"]!.frechet.distance! + 1e-4);
    expect(whole.summary.order.pairs).toBe(2);
    expect(whole.summary.order.largestShift).toBeLessThan(0.05);
    expect(samplesOf(whole.folder)["thinkdiff-clip/2/2I+T/0"]).toMatchObject({ name: "b both", text: "at the beach", expected: [], outcome: "measured" });
    expect((await verifyRun(whole.folder)).checks.flatMap(({ faults }) => faults)).toEqual([]);
  });

  it("ends in the same records stage by stage and shard by shard, with models loaded one at a time", { timeout: 120_000 }, async () => {
    const out = join(root, "pieces"), alone = { ...profile, oneModelAtATime: { waiting: 1 } }, tasks = ["I", "2I"];
    expect((await start({ out, tasks, stage: "generate" })).summary.finished).toBe(0);
    for (const index of [1, 2]) await start({ out, tasks, profile: index === 2 ? alone : profile, shard: { index, count: 2 } });
    expect(samplesOf(out)).toEqual(Object.fromEntries(Object.entries(samplesOf(whole.folder)).filter(([, { task }]) => tasks.includes(task))));
  });

  it("reports similarities, small samples and the order check in plain words, again from the records", async () => {
    const page = readFileSync(reportFile(whole.folder), "utf8");
    for (const text of ["nothing is right or wrong here", "It is too large where pictures are few", "6 outputs, 2 inputs", "identity check and no evidence", "no cosine to an input differs by more than", "Cosine to the text", "case b both", "its least alike first", "one case", "1 output, 2 inputs"]) expect([text, page.includes(text)]).toEqual([text, true]);
    expect(/judge|NaN|undefined/.exec(page.slice(page.indexOf("<header"), page.indexOf('id="gallery"')))).toBeNull();
    expect(page.includes(">no image<")).toBe(false);
    await renderReport(whole.folder);
    expect(readFileSync(reportFile(whole.folder), "utf8") === page).toBe(true);
  });

  it("cannot be compared by right and wrong, and verify finds a changed similarity", async () => {
    expect(() => compareRuns(whole.folder, whole.folder)).toThrow(/neither right nor wrong/);
    const file = join(whole.folder, "samples.jsonl"), text = readFileSync(file, "utf8"), [first, ...rest] = text.trimEnd().split("\n"), line = JSON.parse(first!) as ComposeLine;
    writeFileSync(file, `${JSON.stringify({ ...line, similarity: line.similarity!.map((x) => x + 0.1) })}\n${rest.join("\n")}\n`);
    expect((await verifyRun(whole.folder)).checks.flatMap(({ faults }) => faults)[0]).toMatch(/recorded similarity .* to image 1, its embeddings make it/);
    writeFileSync(file, text);
  });
});
