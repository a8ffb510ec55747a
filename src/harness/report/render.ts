/** report.html: one file that opens offline, a pure function of a run folder's records and images. */
import { writeAtomically } from "../../files/atomic.ts";
import { renderCompose } from "../benchCompose/report/render.ts";
import type { ComposeSummary } from "../benchCompose/summary.ts";
import { ledger } from "../claims/ledger.ts";
import { requireRecord } from "../runs/record.ts";
import { readRecords, summaryFile, summaryOf, summaryText, type ClaimTest, type Records } from "../summary/summarise.ts";
import type { Summary } from "../summary/types.ts";
import { claims } from "./claims.ts";
import type { ReportContext } from "./context.ts";
import { diagnostics } from "./diagnostics.ts";
import { gallery } from "./gallery.ts";
import { introduction } from "./introduction.ts";
import { judges } from "./judges.ts";
import { ladder } from "./ladder.ts";
import { noiseCurve } from "./noiseCurve.ts";
import { page, reportFile } from "./page.ts";
import { questions } from "./questions.ts";
import { resources } from "./resources.ts";
import { tables } from "./tables.ts";
import { training } from "./training.ts";

export { reportFile };

export interface ReportOptions {
  /** The claims to test; the paper's by default. */
  readonly claimTest?: ClaimTest;
  /** How many prompts of each task the gallery shows at most. */
  readonly galleryPerTask?: number;
}

/** The report's text; images are read from the folder. */
export async function reportText(folder: string, records: Records, summary: Summary, galleryPerTask = 8): Promise<string> {
  const context: ReportContext = { ...records, summary }, { identity } = records.record;
  return page(`ThinkDiff, ${identity.kind}, ${identity.profile} profile`, [
    introduction(context), claims(context), questions(context), tables(context), ladder(context), judges(context), training(context), noiseCurve(context), diagnostics(context), await gallery(context, folder, galleryPerTask), resources(context),
  ]);
}

/** Writes summary.json and report.html of a run of CoBSAT from one reading of its records, and returns the summary; throws a UserError naming a broken record. */
export async function renderCobsat(folder: string, { claimTest = ledger, galleryPerTask }: ReportOptions = {}): Promise<Summary> {
  const records = readRecords(folder), summary = summaryOf(records, claimTest);
  writeAtomically(summaryFile(folder), summaryText(summary));
  writeAtomically(reportFile(folder), await reportText(folder, records, summary, galleryPerTask));
  return summary;
}

/** Writes a run folder's summary.json and report.html, of whatever kind the run is. */
export const renderReport = (folder: string, options: ReportOptions = {}): Promise<Summary | ComposeSummary> =>
  (requireRecord(folder).identity.kind === "compose" ? renderCompose(folder, options.galleryPerTask) : renderCobsat(folder, options));
