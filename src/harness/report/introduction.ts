import { isControl } from "../../ablations/index.ts";
import { sourcesOf } from "../runs/record.ts";
import { shotsOf, type ReportContext } from "./context.ts";
import { html, nothing, type Html } from "./html.ts";
import { armName, count, isMethod, machineryName, measured } from "./words.ts";

const microNotes = html`
  <ul>
    <li>Micro tests whether <em>alignment transfers</em>, not whether in-context reasoning emerges: its vision-language model was taught this very game.</li>
    <li>It uses one T5 where the paper has two relatives (the aligner is trained against flan-T5's decoder, FLUX reads T5 v1.1's encoder): easier than the paper.</li>
    <li>Base models have the paper's architectures at a few million parameters, trained on drawn 64 × 64 scenes. Its numbers are not the paper's; the paper's stand beside them for orientation.</li>
  </ul>`;

function resultLine({ summary }: ReportContext): Html {
  const rows = summary.averages.filter(({ arm }) => isMethod(arm) && !isControl(arm));
  return html`<ul class="headline">${rows.map(({ arm, shots, accuracy, ci95, n, tasks }) =>
    html`<li><strong>${armName(arm)}</strong>, ${shots} shots, ${tasks === 10 ? "all ten tasks" : `${tasks} of ten tasks`}: ${measured(accuracy, ci95, n)}</li>`)}</ul>`;
}

function state({ summary, record }: ReportContext): Html {
  const invalid = summary.cells.reduce((sum, cell) => sum + cell.invalid, 0), sources = sourcesOf(record);
  const notes = [
    summary.complete ? nothing : html`<p class="notice">This run is unfinished: ${count(summary.finished)} samples are scored, ${count(summary.planned)} were asked for. The same command goes on with it.</p>`,
    invalid > 0 ? html`<p class="notice">${count(invalid)} of ${count(summary.finished)} samples are invalid (no image, a broken one, or no usable answer of the judge). They count as wrong; the strict accuracies leave them out.</p>` : nothing,
    sources.length > 1 ? html`<p class="notice">${sources.length} versions of the source code worked on this run, by request; their hashes are under “What ran”.</p>` : nothing,
  ];
  return html`${notes}`;
}

/** The top of the report: what was run, what came out, what it can show. */
export function introduction(context: ReportContext): Html {
  const { identity } = context.record, shots = shotsOf(context.summary).join(" and ");
  const what = identity.kind === "cobsat" ? "ThinkDiff-LVLM on CoBSAT" : "ThinkDiff-LVLM and its ablations on CoBSAT";
  return html`<header>
    <p class="eyebrow">ThinkDiff reproducibility report</p>
    <h1>${what}, <span class="profile">${identity.profile} profile</span></h1>
    <p class="lead">${count(context.summary.finished)} samples scored${shots ? ` at ${shots} shots` : ""}, run seed ${identity.seed}, on ${machineryName(identity.device)} with ${machineryName(identity.engine)}.
      An accuracy is the share of images in which the judge finds both the right detail and the right object.</p>
    ${resultLine(context)}
    ${state(context)}
    ${identity.profile === "micro" ? html`<section class="caveats" aria-label="What this profile shows"><h2>What micro shows, and what it does not</h2>${microNotes}</section>` : nothing}
  </header>`;
}
