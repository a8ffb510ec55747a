/** report.html of a run of bench:compose. */
import { writeAtomically } from "../../../files/atomic.ts";
import { claims } from "../../report/claims.ts";
import { page, reportFile } from "../../report/page.ts";
import { resources } from "../../report/resources.ts";
import { training } from "../../report/training.ts";
import { summaryFile, summaryText } from "../../summary/summarise.ts";
import { clipRuleTexts } from "../claims.ts";
import { composeSummary, readComposeRecords, type ComposeRecords, type ComposeSummary } from "../summary.ts";
import { composeGallery } from "./gallery.ts";
import { composeIntroduction } from "./introduction.ts";
import { composeTables } from "./tables.ts";

/** The report's text; images are read from the folder. */
export async function composeReport(folder: string, records: ComposeRecords, summary: ComposeSummary, galleryPerTask = 5): Promise<string> {
  return page(`ThinkDiff-CLIP, ${summary.profile} profile`, [
    composeIntroduction(records, summary), claims({ summary: { profile: summary.profile, claims: summary.claims ?? [] } }, { of: "joint rates, as means over the kinds of input", clusters: "cases", rules: clipRuleTexts }), composeTables(summary), await composeGallery(folder, records, summary, galleryPerTask), training({ summary, losses: records.losses }), resources({ record: records.record, summary }),
  ]);
}

/** Writes a run folder's summary.json and report.html from one reading of its records, and returns the summary; throws a UserError naming a broken record. */
export async function renderCompose(folder: string, galleryPerTask?: number): Promise<ComposeSummary> {
  const records = readComposeRecords(folder), summary = composeSummary(records);
  writeAtomically(summaryFile(folder), summaryText(summary));
  writeAtomically(reportFile(folder), await composeReport(folder, records, summary, galleryPerTask));
  return summary;
}
