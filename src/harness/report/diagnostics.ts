/** Why pictures come out as they do: small charts of each trained aligner's features beside T5's states of the same texts. */
import type { DiagnosticsLine, Spread } from "../runs/diagnostics.ts";
import { spreadOf } from "../diagnostics/geometry.ts";
import { compareArms } from "../summary/cells.ts";
import type { ReportContext } from "./context.ts";
import { html, jsonScript, nothing, type Html } from "./html.ts";
import { armName, count, decimal } from "./words.ts";

/** One chart of spreads: rows in the charts' common order, a reference of T5's own states above them where there is one. */
interface SpreadChart {
  readonly title: string;
  /** The axis in words. */
  readonly axis: string;
  /** What one sees in it. */
  readonly words: string;
  readonly logarithmic?: boolean;
  /** Drawn as a line across: where rows would lie if aligned features were T5's states. */
  readonly same?: number;
  readonly reference?: readonly [name: string, spread: Spread];
  readonly rows: readonly (Spread | null)[];
}

const states = "T5's states";

/** How many times as wide as T5's states each dimension is spread; of a dimension in which they do not differ, nothing. */
const scales = ({ dimensions: { aligned, states: own } }: DiagnosticsLine): Spread => spreadOf(aligned.deviation.flatMap((x, d) => (own.deviation[d]! > 0 ? [Math.max(1e-6, x / own.deviation[d]!)] : [])));

/** How far each dimension's mean lies from T5's, in units of the spread there. */
const shifts = ({ dimensions: { aligned, states: own } }: DiagnosticsLine): Spread => spreadOf(aligned.mean.flatMap((x, d) => (own.deviation[d]! > 0 ? [Math.abs(x - own.mean[d]!) / own.deviation[d]!] : [])));

function chartsOf(lines: readonly DiagnosticsLine[]): SpreadChart[] {
  const first = lines[0]!, otherToken = lines.find(({ cosine }) => cosine)?.cosine?.other;
  return [
    { title: "Norm", axis: "Euclidean norm of a position", words: "how long the vectors are", reference: [states, first.norm.states], rows: lines.map(({ norm }) => norm.aligned) },
    { title: "Scale by dimension", axis: "standard deviation, aligned / T5", words: "over the dimensions of T5's width, how many times as much aligned features vary", logarithmic: true, same: 1, rows: lines.map(scales) },
    { title: "Shift by dimension", axis: "|mean − T5's mean| / T5's deviation", words: "over the dimensions, how far the mean has drifted", same: 0, rows: lines.map(shifts) },
    {
      title: "Cosine with the token's state", axis: "cosine", words: "of each feature and the state that stands for its token; on top, the first arm's with states of other texts", same: 1,
      ...(otherToken ? { reference: ["another text's token", otherToken] } : {}), rows: lines.map(({ cosine }) => cosine?.own ?? null),
    },
    { title: "Distance to the nearest state", axis: "distance / root mean square norm of states", words: "among all texts' states; on top, T5's states to the nearest of another text", same: 0, reference: [states, first.nearest.states], rows: lines.map(({ nearest }) => nearest.aligned) },
  ];
}

const digits = (x: number): string => decimal(x, Math.abs(x) < 10 ? 2 : 1);

function spreadTable(names: readonly string[], { title, reference, rows }: SpreadChart): Html[] {
  const row = (name: string, spread: Spread | null): Html => html`<tr><th scope="row">${name}</th><td class="text">${title}</td>${spread ? spread.map((x) => html`<td>${digits(x)}</td>`) : html`<td colspan="5">–</td>`}</tr>`;
  return [...(reference ? [row(reference[0], reference[1])] : []), ...rows.map((spread, i) => row(names[i]!, spread))];
}

/** The diagnostics' section; nothing where the run has none. */
export function diagnostics({ summary, diagnostics: unordered }: ReportContext): Html {
  if (unordered.length === 0) return nothing;
  const lines = unordered.toSorted((a, b) => compareArms(a.arm, b.arm) || a.seed - b.seed), first = lines[0]!, manySeeds = new Set(lines.map(({ seed }) => seed)).size > 1;
  const names = lines.map(({ arm, seed }) => (manySeeds ? `${armName(arm)}, seed ${seed}` : armName(arm))), charts = chartsOf(lines);
  const arms = [...new Set(lines.map(({ arm }) => arm))], colours = lines.map(({ arm }) => arms.indexOf(arm)); // an arm's seeds have its colour
  const nth = lines.map(({ arm }, i) => i - lines.findIndex((line) => line.arm === arm)); // which of the arm's seeds
  const entropy = [{ arm: states, name: states, nth: 0, values: first.entropy.states, uniform: first.entropy.uniform.states, reference: true }, ...lines.map(({ arm, entropy: own }, i) => ({ arm: armName(arm), name: names[i]!, nth: nth[i]!, values: own.aligned, uniform: own.uniform.aligned, reference: false }))];
  return html`<section id="diagnostics"><h2>Why: aligned features beside T5's states</h2>
    <p>Each trained aligner on the same ${count(first.texts)} held-out texts that the LVLM wrote about pictures (${count(first.features)} features), against the states that the T5 encoder FLUX reads gives for these texts (${count(first.states)} positions).
      All of a text's features are given, as when FLUX draws. Bars are the middle half of the positions or dimensions, with the median as a line; whiskers reach from 5 to 95 %. No picture is needed for any of it, and none of it says how FLUX reads them. Profile <strong>${summary.profile}</strong>.</p>
    <div class="small-charts">${charts.map((chart, i) => html`<figure><figcaption><b>${chart.title}</b>: ${chart.words}</figcaption>
      <div class="chart small" style="height: ${8 + 1.7 * (lines.length + (chart.reference ? 1 : 0))}rem"><canvas data-spread="${i}" role="img" aria-label="${chart.title} by arm; the table below holds the same numbers"></canvas></div></figure>`)}
      <figure><figcaption><b>What the decoder looks at</b>: mean entropy of its cross-attention by block, writing the whole text; ln of the number of positions would be looking at all alike${manySeeds ? "; an arm's further training seeds are thin lines of its colour" : ""}</figcaption>
      <div class="chart small" style="height: ${10 + 1.7 * arms.length}rem"><canvas id="entropy-chart" role="img" aria-label="Cross-attention entropy by decoder block; the table below holds the same numbers"></canvas></div></figure></div>
    ${jsonScript("diagnostics-data", { names, colours, charts: charts.map(({ title: _, words: __, ...chart }) => chart), entropy })}
    <details><summary>The diagnostics in numbers</summary><div class="scroll"><table class="compact"><caption>Quantiles. Profile <strong>${summary.profile}</strong>.</caption>
      <thead><tr><th scope="col">Of</th><th scope="col" class="text">Quantity</th><th scope="col">5 %</th><th scope="col">25 %</th><th scope="col">median</th><th scope="col">75 %</th><th scope="col">95 %</th></tr></thead>
      <tbody>${charts.flatMap((chart) => spreadTable(names, chart))}</tbody></table></div>
      <div class="scroll"><table class="compact"><caption>How often the nearest state stands for the feature's own token, and the decoder's cross-attention entropy in nats by block. Profile <strong>${summary.profile}</strong>.</caption>
      <thead><tr><th scope="col">Of</th><th scope="col">Nearest is its token</th>${first.entropy.aligned.map((_, i) => html`<th scope="col">Block ${i + 1}</th>`)}<th scope="col">All alike</th></tr></thead>
      <tbody>${entropy.map(({ name, values, uniform, reference }, i) => html`<tr><th scope="row">${name}</th><td>${reference || lines[i - 1]!.nearestToken === null ? "–" : lines[i - 1]!.nearestToken!.toFixed(3)}</td>${values.map((x) => html`<td>${digits(x)}</td>`)}<td>${digits(uniform)}</td></tr>`)}</tbody></table></div></details></section>`;
}
