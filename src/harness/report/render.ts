/** report.html: one file that opens offline, a pure function of a run folder's records and images. */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { writeAtomically } from "../../files/atomic.ts";
import { ledger } from "../claims/ledger.ts";
import { readRecords, summaryFile, summaryOf, summaryText, type ClaimTest, type Records } from "../summary/summarise.ts";
import type { Summary } from "../summary/types.ts";
import { claims } from "./claims.ts";
import type { ReportContext } from "./context.ts";
import { gallery } from "./gallery.ts";
import { Html, html } from "./html.ts";
import { introduction } from "./introduction.ts";
import { judges } from "./judges.ts";
import { ladder } from "./ladder.ts";
import { resources } from "./resources.ts";
import { tables } from "./tables.ts";
import { training } from "./training.ts";

export interface ReportOptions {
  /** The claims to test; the paper's by default. */
  readonly claimTest?: ClaimTest;
  /** How many prompts of each task the gallery shows at most. */
  readonly galleryPerTask?: number;
}

export const reportFile = (folder: string): string => join(folder, "report.html");

const beside = (name: string): string => readFileSync(new URL(name, import.meta.url), "utf8");

/** chart.js' UMD build from the installed package, without its pointer to a source map. */
function chartLibrary(): string {
  const folder = dirname(createRequire(import.meta.url).resolve("chart.js"));
  return readFileSync(join(folder, "chart.umd.min.js"), "utf8").replace(/\n\/\/# sourceMappingURL=.*\s*$/, "\n");
}

const inline = (tag: "style" | "script", text: string): Html => {
  if (new RegExp(`</${tag}`, "i").test(text)) throw new Error(`text with </${tag} cannot be inlined`);
  return new Html(`<${tag}>${text}</${tag}>`);
};

/** The report's text; images are read from the folder. */
export async function reportText(folder: string, records: Records, summary: Summary, galleryPerTask = 8): Promise<string> {
  const context: ReportContext = { ...records, summary }, { identity } = records.record;
  return html`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><meta name="color-scheme" content="light dark">
<title>ThinkDiff, ${identity.kind}, ${identity.profile} profile</title><link rel="icon" href="data:,">${inline("style", beside("page.css"))}</head>
<body><main>
${introduction(context)}
${claims(context)}${tables(context)}${ladder(context)}${judges(context)}${training(context)}${await gallery(context, folder, galleryPerTask)}${resources(context)}
<footer><p>Made from run.json, samples.jsonl and losses.jsonl alone; <code>npm run report -- &lt;folder&gt;</code> makes it again, <code>npm run verify -- &lt;folder&gt;</code> checks every hash and count.
Charts by Chart.js (MIT License).</p></footer>
</main>${inline("script", chartLibrary())}${inline("script", beside("page.js"))}</body></html>
`.text;
}

/** Writes a run folder's summary.json and report.html from one reading of its records, and returns the summary; throws a UserError naming a broken record. */
export async function renderReport(folder: string, { claimTest = ledger, galleryPerTask }: ReportOptions = {}): Promise<Summary> {
  const records = readRecords(folder), summary = summaryOf(records, claimTest);
  writeAtomically(summaryFile(folder), summaryText(summary));
  writeAtomically(reportFile(folder), await reportText(folder, records, summary, galleryPerTask));
  return summary;
}
