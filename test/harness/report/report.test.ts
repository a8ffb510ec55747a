import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { carriedPlace } from "../../../src/harness/aligner/carried.ts";
import { alignerFile } from "../../../src/harness/aligner/record.ts";
import { chooseGallery } from "../../../src/harness/report/galleryChoice.ts";
import { escapeHtml, html, jsonScript } from "../../../src/harness/report/html.ts";
import { dataUri } from "../../../src/harness/report/pictures.ts";
import { renderReport, reportFile } from "../../../src/harness/report/render.ts";
import { smoothed } from "../../../src/harness/report/training.ts";
import { saveImage } from "../../../src/harness/runs/images.ts";
import { readRecords, summaryFile, type ClaimTest } from "../../../src/harness/summary/summarise.ts";
import { verifyRun } from "../../../src/harness/verify.ts";
import { fixturePng, writeFixtureRun } from "../fixtureRun.ts";

const chromium = ["/usr/bin/chromium", "/usr/bin/chromium-browser"].find((path) => existsSync(path));
let folder: string, page: string;

const claimTest: ClaimTest = () => [{ id: "synthetic", statement: "A <synthetic> claim", verdict: "not testable here", evidence: { n: 3 } }];

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "report-"));
  await writeFixtureRun(folder, { prompts: 3, tasks: ["Color-I", "Style-II"], arms: ["real-image", "true-caption", "lvlm-text", "text-bridge", "thinkdiff-lvlm"], steps: 60 });
  await renderReport(folder, { claimTest });
  page = readFileSync(reportFile(folder), "utf8");
});
afterAll(() => rmSync(folder, { recursive: true }));

describe("html", () => {
  it("escapes text and keeps what is html already", () => {
    expect(html`<p title="${`"'`}">${"<b>&"}${html`<i>${1}</i>`}${[html`x`, html`y`]}</p>`.text).toBe("<p title=\"&quot;&#39;\">&lt;b&gt;&amp;<i>1</i>xy</p>");
    expect(escapeHtml("a")).toBe("a");
  });

  it("cannot be left from inside a script of data", () => {
    expect(jsonScript("d", { a: "</script><script>alert(1)" }).text).not.toContain("</script><script>");
  });
});

describe("report.html", () => {
  it("needs nothing from outside", () => {
    expect(page).not.toMatch(/<(?:script|img|link|iframe|source)[^>]+(?:src|href)="(?!data:)/);
    expect(page).not.toMatch(/@import|url\((?!["']?data:)|sourceMappingURL/);
  });

  it("shows the profile in every table of results, and what micro is not", () => {
    const captions = [...page.matchAll(/<caption>([\s\S]*?)<\/caption>/g)].map((m) => m[1]!);
    expect(captions.filter((c) => /Table 1|Table 2|Every arm|Outcomes|ladder|Training/.test(c)).length).toBe(7);
    for (const caption of captions.filter((c) => /accuracy|Every arm|Outcomes|ladder|Training/.test(c))) expect(caption).toMatch(/Profile (<strong>)?micro/);
    expect(page).toContain("not whether in-context reasoning emerges");
    expect(page).toContain("one T5 where the paper has two relatives");
  });

  it("shows what was measured of the aligner beside T5's states", () => {
    const section = /<section id="diagnostics">[^]*?<\/section>/.exec(page)![0];
    for (const text of ["64 held-out texts", "900 features", "<td>0.612</td>", "Block 2", "Profile <strong>micro</strong>"]) expect(section).toContain(text);
    expect(section).toMatch(/Shift by dimension<\/td><td>0.01<\/td><td>0.05<\/td><td>0.10<\/td>/);
  });

  it("has the paper's rows beside ours, as published", () => {
    for (const text of ["SEED-LLaMA", "Emu", "GILL", "ThinkDiff-LVLM", "<td>0.622</td>", "<td>0.463</td>", "this run, micro, n = 3 per task"]) expect(page).toContain(text);
  });

  it("escapes what models wrote and what claims say", () => {
    expect(page).toContain("&lt;synthetic text &amp; &quot;quotes&quot;&gt;");
    expect(page).not.toContain("<synthetic");
    expect(page).toContain("A &lt;synthetic&gt; claim");
  });

  it.skipIf(!chromium)("draws its charts in a browser, without errors and without a request", { timeout: 60_000 }, () => {
    const profile = mkdtempSync(join(tmpdir(), "chromium-")), probe = join(folder, "probe.html");
    const watch = `<script>window.faults = []; addEventListener("error", (e) => faults.push(e.message));</script>`;
    const tell = `<script>addEventListener("load", () => setTimeout(() => {
      const ink = (of) => { const c = typeof of === "string" ? document.getElementById(of) : of, d = c.getContext("2d").getImageData(0, 0, c.width, c.height).data; return d.filter((v, i) => i % 4 === 3 && v > 0).length; };
      const form = document.getElementById("gallery-filters");
      form.elements.task.value = "Style-II"; form.elements.outcome.value = "failed"; form.dispatchEvent(new Event("change"));
      document.querySelector("input[value=linear]").click();
      document.body.setAttribute("data-probe", JSON.stringify({ faults, ladder: ink("ladder-chart"), loss: ink("loss-chart"), why: [...document.querySelectorAll("#diagnostics canvas")].map(ink), shown: document.querySelectorAll("article:not([hidden])").length,
        tables: document.querySelectorAll("table").length, broken: [...document.images].filter((i) => i.naturalWidth === 0).length,
        requests: performance.getEntriesByType("resource").map((r) => r.name).filter((name) => !name.startsWith("data:")) }));
    }, 300));</script>`;
    writeFileSync(probe, page.replace("<head>", `<head>${watch}`).replace("</body>", `${tell}</body>`));
    try {
      const dom = execFileSync(chromium!, ["--headless", "--no-sandbox", "--disable-gpu", `--user-data-dir=${profile}`, "--virtual-time-budget=4000", "--dump-dom", pathToFileURL(probe).href],
        { encoding: "utf8", maxBuffer: 1 << 28, stdio: ["ignore", "pipe", "ignore"] });
      const found = JSON.parse(/data-probe="([^"]*)"/.exec(dom)![1]!.replaceAll("&quot;", '"')) as Record<string, unknown>;
      const failures = readRecords(folder).samples.filter((s) => s.arm === "thinkdiff-lvlm" && s.task === "Style-II" && s.outcome !== "correct").length;
      expect(found).toMatchObject({ faults: [], broken: 0, requests: [], shown: failures });
      expect(found.ladder).toBeGreaterThan(1000);
      expect(found.loss).toBeGreaterThan(1000);
      expect(found.why).toHaveLength(6);
      expect(Math.min(...(found.why as number[]))).toBeGreaterThan(1000);
      expect(found.tables).toBeGreaterThan(8);
    } finally {
      rmSync(profile, { recursive: true, force: true, maxRetries: 5 });
      rmSync(probe);
    }
  });

  if (!chromium) console.warn("report.test.ts: no chromium here, the report is not opened in a browser");
});

describe("the gallery", () => {
  it("chooses the same prompts again, at most so many per task, half of them failures where there are enough", () => {
    const { samples } = readRecords(folder), chosen = chooseGallery(samples, 4, 7);
    expect(chooseGallery([...samples].reverse(), 4, 7).map((i) => [i.task, i.shots, i.prompt])).toEqual(chosen.map((i) => [i.task, i.shots, i.prompt]));
    expect(chosen.length).toBe(8);
    const failed = (prompt: number, shots: number, task: string): boolean => samples.some((s) => s.arm === "thinkdiff-lvlm" && s.prompt === prompt && s.shots === shots && s.task === task && s.outcome !== "correct");
    for (const [task, shots] of [["Color-I", 2], ["Color-I", 4], ["Style-II", 2], ["Style-II", 4]] as const) {
      const all = [0, 1, 2].filter((p) => failed(p, shots, task)).length, shown = chosen.filter((i) => i.task === task && i.shots === shots && failed(i.prompt, shots, task)).length;
      expect(shown).toBeGreaterThanOrEqual(Math.min(1, all));
    }
  });

  it("embeds a large image as a thumbnail and leaves out one that is missing", async () => {
    const photograph = await fixturePng("big", true), noisy = Buffer.concat([photograph, Buffer.alloc(30_000)]);
    const uri = await dataUri(folder, saveImage(folder, noisy));
    expect(uri).toMatch(/^data:image\/webp/);
    expect(uri!.length).toBeLessThan(noisy.length);
    expect(await dataUri(folder, "0".repeat(64))).toBeUndefined();
  });
});

it("smoothed skips what is not finite", () => {
  expect(smoothed([1, null, 3])).toEqual([1, 2, 3]);
  expect(smoothed([null, null, null])).toEqual([null, null, null]);
});

describe("verifyRun", () => {
  const faults = async (): Promise<string[]> => (await verifyRun(folder, { claimTest })).checks.flatMap((check) => check.faults);
  /** Runs a check on a file changed for its duration. */
  async function changed(file: string, change: (text: string) => string, check: () => Promise<void>): Promise<void> {
    const before = readFileSync(file);
    writeFileSync(file, change(before.toString("latin1")), "latin1");
    try { await check(); } finally { writeFileSync(file, before); }
  }

  it("passes a whole run", async () => {
    expect(await verifyRun(folder, { claimTest })).toMatchObject({ ok: true, checks: { length: 9 } });
    expect(await faults()).toEqual([]);
  });

  it("finds an aligner that is another or gone", async () => {
    const file = alignerFile(carriedPlace(folder, { name: "thinkdiff-lvlm", seed: 7 }));
    await changed(file, (text) => `${text}x`, async () => expect(await faults()).toEqual([expect.stringContaining("aligner.safetensors: not the aligner that this run used")]));
    await changed(file, (text) => text, async () => {
      rmSync(file);
      expect(await faults()).toEqual([expect.stringContaining("aligner.safetensors: missing")]);
    });
  });

  it("finds a changed image, outcome, summary or report", async () => {
    const image = join(folder, "images", readdirSync(join(folder, "images"))[0]!), samples = join(folder, "samples.jsonl");
    await changed(image, (text) => `${text}x`, async () => expect((await faults())[0]).toContain("do not have the sha256 of its name"));
    await changed(summaryFile(folder), (text) => text.replace('"finished": 60', '"finished": 61'), async () => expect(await faults()).toEqual([expect.stringContaining("summary.json: not what the records give")]));
    await changed(reportFile(folder), (text) => text.replace("micro", "paper"), async () => expect(await faults()).toEqual([expect.stringContaining("report.html: not what the records give")]));
    await changed(samples, (text) => text.replace('"outcome":"correct"', '"outcome":"wrong","missed":"both"'), async () => expect((await faults())[0]).toContain("its judged words make it correct"));
    await changed(samples, (text) => text.replace('"taskId":1', '"taskId":3'), async () => expect((await faults())[0]).toContain("samples.jsonl: line 1: taskId"));
  });
});
