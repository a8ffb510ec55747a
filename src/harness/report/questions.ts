/** Questions beyond the paper: each with its answer in words, all differences in one drawing, and the curve of learning rates. */
import { groupBy } from "../groupBy.ts";
import { answerRule, answersOf, cautionsOf, type Answer } from "../questions/answers.ts";
import { rateWords, sweepsOf } from "../questions/rates.ts";
import type { ReportContext } from "./context.ts";
import { forest } from "./forest.ts";
import { html, jsonScript, nothing, type Html } from "./html.ts";
import { armName, bounds, count, fraction, pText, signed } from "./words.ts";

const pOrNone = (p: number | null): string => (p === null ? "–" : pText(p));

const answerLine = ({ arm, against, comparison: { effect, ci95, n }, words, notes }: Answer): Html =>
  html`<li><strong>${armName(arm)}: ${words}.</strong> ${signed(effect)} ${bounds(ci95, 3)} against ${armName(against)}, n = ${count(n)} pairs${notes.map((note) => html`; ${note}`)}.</li>`;

const tableRow = ({ arm, against, comparison: { effect, ci95, p, n, clusters, seeds }, pHolm }: Answer): Html =>
  html`<tr><th scope="row">${armName(arm)}</th><td class="text">${armName(against)}</td><td>${signed(effect)}</td><td>${bounds(ci95, 3)}</td><td>${pOrNone(pHolm)}<small>raw ${pOrNone(p)}</small></td><td>${count(n)}<small>${count(clusters)} targets</small></td>
    <td>${seeds.map(({ seed, effect: own }) => html`<small>${seed}: ${signed(own)}</small>`)}</td></tr>`;

/** Accuracy and held-out loss by rate, in words and numbers; nothing where no arm has several rates. */
function rates({ summary }: ReportContext, answers: readonly Answer[]): Html {
  const sweeps = sweepsOf(summary).filter((sweep) => sweep.rates.length > 1);
  if (sweeps.length === 0) return nothing;
  const average = (name: string) => summary.averages.find(({ arm, shots }) => arm === name && shots === 2);
  const series = sweeps.map(({ arm, rates: own }, colour) => ({ name: armName(arm), colour, points: own.flatMap(({ name, rate }) => { const found = average(name); return found ? [[rate, found.accuracy, ...found.ci95]] : []; }) }));
  const cell = (name: string, heldOut: number | null, best: boolean): Html => {
    const found = average(name), text = heldOut === null ? "not finite" : heldOut.toPrecision(4);
    return html`<td>${best ? html`<b>${text}</b>` : text}</td><td>${found ? `${fraction(found.accuracy)} ${bounds(found.ci95)}` : "not run"}</td>`;
  };
  return html`<h3>Has every arm its own learning rate?</h3><ul class="words">${rateWords(summary, answers).map((line) => html`<li>${line}.</li>`)}</ul>
    <div class="chart"><canvas data-curves="rate-data" role="img" aria-label="Accuracy by learning rate; the table below holds the same numbers"></canvas></div>${jsonScript("rate-data", { axis: "learning rate, times the baseline's", logarithmic: true, series })}
    <div class="scroll"><table class="compact"><caption>Held-out loss, by which each arm's own rate is chosen (bold), and 2-shot accuracy. Profile <strong>${summary.profile}</strong>, 95 % intervals.</caption>
      <thead><tr><th scope="col">Arm</th><th scope="col">Rate</th><th scope="col">Held-out loss</th><th scope="col">Accuracy</th></tr></thead>
      <tbody>${sweeps.flatMap(({ arm, rates: own, best }) => own.map(({ name, rate, heldOut }) => html`<tr><th scope="row">${armName(arm)}</th><td>× ${Number(rate.toPrecision(2))}</td>${cell(name, heldOut, name === best?.name)}</tr>`))}</tbody></table></div>`;
}

/** The section; nothing where the run asks nothing beyond the paper. */
export function questions(context: ReportContext): Html {
  const answers = answersOf(context);
  if (answers.length === 0) {
    const swept = rates(context, answers);
    return swept === nothing ? nothing : html`<section id="questions"><h2>Questions beyond the paper</h2>${swept}</section>`;
  }
  const cautions = cautionsOf(context, answers).map((line) => `${line[0]!.toUpperCase()}${line.slice(1)}.`);
  return html`<section id="questions"><h2>Questions beyond the paper</h2>
    <p>${answerRule}${cautions.map((line) => html` <b>${line}</b>`)} Profile <strong>${context.summary.profile}</strong>.</p>
    ${[...groupBy(answers, ({ asks }) => asks)].map(([asks, own]) => html`<h3>${asks}</h3><ul class="words">${own.map(answerLine)}</ul>`)}
    <div class="scroll">${forest(answers.map(({ arm, against, comparison: { effect, ci95 } }) => ({ name: `${armName(arm)} against ${armName(against)}`, effect, ci95 })), "difference of 2-shot accuracies")}</div>
    <details><summary>The differences in numbers</summary><div class="scroll"><table class="compact"><caption>Accuracy of the first arm less that of the second, paired. Profile <strong>${context.summary.profile}</strong>; 95 % intervals by resampling targets, p by permuting them, adjusted over these rows.</caption>
      <thead><tr><th scope="col">Arm</th><th scope="col" class="text">Against</th><th scope="col">Difference</th><th scope="col">95 % interval</th><th scope="col">p, Holm</th><th scope="col">n</th><th scope="col">By training seed</th></tr></thead><tbody>${answers.map(tableRow)}</tbody></table></div></details>
    ${rates(context, answers)}</section>`;
}
