/** What other judges make of the same pictures, and how CoBSAT's own reading of replies scores them. */
import type { JudgeScore, Proportion } from "../summary/types.ts";
import type { ReportContext } from "./context.ts";
import { html, nothing, type Html } from "./html.ts";
import { armMeaning, armName, bounds, count, fraction } from "./words.ts";

const cell = (p: Proportion | null): Html => (p ? html`<td><b>${fraction(p.rate)}</b><small>${bounds(p.ci95)}</small><small>n = ${count(p.n)}</small></td>` : html`<td class="muted">does not apply</td>`);

const judgeName = (judge: string): string => (judge === "" ? "the deciding judge" : judge);

const row = ({ arm, shots, judge, accuracy, faithful, agreement }: JudgeScore): Html =>
  html`<tr><th scope="row" title="${armMeaning(arm)}">${armName(arm)}</th><td>${shots}</td><td>${judgeName(judge)}</td>${cell(accuracy)}${cell(faithful)}${cell(agreement)}</tr>`;

/** How far judges agree, arm by arm; nothing where one judge alone looked and answered without words. */
export function judges({ summary }: ReportContext): Html {
  if (summary.judges.length === 0) return nothing;
  return html`<section id="judges"><h2>Judges</h2>
    <p>One judge decides every accuracy above. The others were trained apart and looked at the same pictures; they agree where they name both the same detail and the same object.
      An arm on which judges part is one whose pictures are hard to read, so its accuracy depends on who judges.</p>
    <div class="scroll"><table><caption>Judges on the same pictures. Profile <strong>${summary.profile}</strong>, means of tasks, 95 % intervals by resampling targets. The strict accuracy counts a picture as right where both halves are named right;
      the faithful one reads replies in words as CoBSAT does (all digits joined, no answer is wrong).</caption>
    <thead><tr><th scope="col">Arm</th><th scope="col">Shots</th><th scope="col">Judge</th><th scope="col">Its strict accuracy</th><th scope="col">Its faithful accuracy</th><th scope="col">Agrees with the deciding judge</th></tr></thead>
    <tbody>${summary.judges.map(row)}</tbody></table></div></section>`;
}
