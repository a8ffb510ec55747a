/** Transfer against the noise that FLUX's conditioning had: what copies of FLUX draw from aligned features, beside what they draw from the same texts. */
import { bridgeOf, fluxNoiseOf } from "../../ablations/flux-noise.ts";
import type { Average } from "../summary/types.ts";
import { shotsOf, type ReportContext } from "./context.ts";
import { html, jsonScript, nothing, type Html } from "./html.ts";
import { bounds, count, fraction } from "./words.ts";

interface Point { readonly amount: number; readonly aligned: Average; readonly bridge: Average | undefined }

function pointsAt({ summary: { averages } }: ReportContext, shots: number): Point[] {
  return averages.flatMap((aligned): Point[] => {
    const noise = fluxNoiseOf(aligned.arm);
    return noise === undefined || noise.bridge || aligned.shots !== shots ? [] : [{ amount: noise.amount, aligned, bridge: averages.find((other) => other.arm === bridgeOf(aligned.arm) && other.shots === shots) }];
  }).sort((a, b) => a.amount - b.amount);
}

const cell = (average: Average | undefined): Html => (average ? html`<td>${fraction(average.accuracy)} ${bounds(average.ci95)}, n = ${count(average.n)}</td>` : html`<td class="muted">not run</td>`);

const share = ({ aligned, bridge }: Point): string => (bridge && bridge.accuracy > 0 ? (aligned.accuracy / bridge.accuracy).toFixed(2) : "–");

/** The section of the curve; nothing where fewer than two amounts were run. */
export function noiseCurve(context: ReportContext): Html {
  const curves = shotsOf(context.summary).map((shots) => ({ shots, points: pointsAt(context, shots) })).filter(({ points }) => points.length > 1);
  if (curves.length === 0) return nothing;
  const of = (points: readonly Point[], average: (point: Point) => Average | undefined): unknown[] => points.flatMap((point) => { const own = average(point); return own ? [[point.amount, own.accuracy, ...own.ci95]] : []; });
  const series = curves.flatMap(({ shots, points }, i) => [{ name: `aligned features, ${shots} shots`, colour: i, points: of(points, ({ aligned }) => aligned) }, { name: `the LVLM's text through T5, ${shots} shots`, colour: i, dashed: true, points: of(points, ({ bridge }) => bridge) }]);
  return html`<section id="flux-noise"><h2>Transfer against the noise of FLUX's conditioning</h2>
    <p>Copies of the shipped FLUX were trained on for the same number of steps with other amounts of noise on T5's states, as multiples of its own; the aligner is the baseline's throughout. What a copy draws from the LVLM's text read by T5 says what the noise costs; what it draws from aligned features, what it buys. Profile <strong>${context.summary.profile}</strong>, whiskers 95 % intervals.</p>
    <div class="chart"><canvas data-curves="noise-data" role="img" aria-label="Accuracy by amount of conditioning noise; the table below holds the same numbers"></canvas></div>${jsonScript("noise-data", { axis: "noise, times the shipped FLUX's", series })}
    <div class="scroll"><table class="compact"><caption>Accuracy by amount of conditioning noise. Profile <strong>${context.summary.profile}</strong>, mean of task accuracies, 95 % intervals.</caption>
      <thead><tr><th scope="col">Noise, times the shipped FLUX's</th><th scope="col">Shots</th><th scope="col">Aligned features</th><th scope="col">Text bridge</th><th scope="col">Share of the bridge</th></tr></thead>
      <tbody>${curves.flatMap(({ shots, points }) => points.map((point) => html`<tr><th scope="row">${point.amount}</th><td>${shots}</td>${cell(point.aligned)}${cell(point.bridge)}<td>${share(point)}</td></tr>`))}</tbody></table></div></section>`;
}
