import { html, nothing, type Html } from "../../report/html.ts";
import { count, machineryName, measured } from "../../report/words.ts";
import { sourcesOf } from "../../runs/record.ts";
import { composeMethod } from "../arms.ts";
import type { ComposeRecords, ComposeSummary } from "../summary.ts";

function state({ record }: ComposeRecords, { complete, finished, planned, cells }: ComposeSummary): Html {
  const invalid = cells.reduce((sum, cell) => sum + cell.invalid, 0), sources = sourcesOf(record).length;
  return html`${[
    complete ? nothing : html`<p class="notice">This run is unfinished: ${count(finished)} pictures are scored, ${count(planned)} were asked for. The same command goes on with it.</p>`,
    invalid > 0 ? html`<p class="notice">${count(invalid)} of ${count(finished)} samples are invalid (no picture, a broken one, or no usable answer of the judge). They count as wrong; the strict rates leave them out.</p>` : nothing,
    sources > 1 ? html`<p class="notice">${sources} versions of the source code worked on this run, by request; their hashes are under “What ran”.</p>` : nothing,
  ]}`;
}

/** The top of the report: what was run, what came out, what it can show. */
export function composeIntroduction(records: ComposeRecords, summary: ComposeSummary): Html {
  const { identity } = records.record, own = summary.cells.filter(({ arm }) => arm === composeMethod), ceilings = summary.cells.filter(({ arm }) => arm === "real-image");
  return html`<header>
    <p class="eyebrow">ThinkDiff reproducibility report</p>
    <h1>ThinkDiff-CLIP on images and text, <span class="profile">${identity.profile} profile</span></h1>
    <p class="lead">${count(summary.finished)} pictures scored, run seed ${identity.seed}, on ${machineryName(identity.device)} with ${machineryName(identity.engine)}.
      The joint rate is the share of pictures in which the judge finds all that images and text ask for.</p>
    <ul class="headline">${own.map(({ task, accuracy, ci95, n }) => html`<li><strong>${task}</strong>: ${measured(accuracy, ci95, n)}</li>`)}</ul>
    ${state(records, summary)}
    <section class="caveats" aria-label="What this shows"><h2>How to read it</h2><ul>
      <li>I is one image, 2I two images of the same subject, each with a detail of its own; T is a text that asks for one more detail. Subject and details are known, since the images are drawn by code, from seeds that no training has seen.</li>
      <li>All arms draw a case from the same starting noises, several each; intervals resample cases, since the pictures of one case are alike.</li>
      <li>The judge is asked for each attribute by its own theme's question. How well it reads several details at once, <strong>real-image</strong> says: its answers on pictures of the world that show all that is asked for are the most that any arm can be expected to reach${
        ceilings.length > 0 ? html` (${ceilings.map(({ task, accuracy }, i) => html`${i > 0 ? ", " : ""}${task} ${accuracy.toFixed(2)}`)})` : nothing}.</li>
      <li><strong>swapped-order</strong> is an identity check and no evidence: FLUX gives all its text features one position, so the order of the images changes a picture by rounding only.${
        summary.order.pairs > 0 ? ` Of ${count(summary.order.pairs)} pictures drawn in both orders ${count(summary.order.sameBytes)} have the same bytes, and the judge's answers are the same for ${count(summary.order.sameAnswers)}.` : ""}</li>
      <li>The paper shows pictures of these tasks and no numbers; base models here are a few million parameters each.</li></ul></section>
  </header>`;
}
