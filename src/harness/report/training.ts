/** The training loss: chart and numbers. */
import { divergenceRule } from "../aligner/divergence.ts";
import { duration } from "../duration.ts";
import { groupBy } from "../groupBy.ts";
import type { LossLine } from "../runs/losses.ts";
import { compareArms } from "../summary/cells.ts";
import type { Summary, TrainingSummary } from "../summary/types.ts";
import type { ReportContext } from "./context.ts";
import { html, jsonScript, nothing, type Html } from "./html.ts";
import { armName, count } from "./words.ts";

const mostPoints = 1500;

/** The running mean of a loss over a window of a fiftieth of the steps, centred; null where nothing in the window is finite. */
export function smoothed(losses: readonly (number | null)[]): (number | null)[] {
  const half = Math.max(1, Math.round(losses.length / 100));
  return losses.map((_, i) => {
    const finite = losses.slice(Math.max(0, i - half), i + half + 1).filter((x) => x !== null);
    return finite.length > 0 ? finite.reduce((a, b) => a + b, 0) / finite.length : null;
  });
}

/** What the page draws of a training: its arm's colour, and which of the arm's seeds it is. */
function curve(lines: readonly LossLine[], colour: number, nth: number, broke: number | null): unknown {
  const { arm, seed } = lines[0]!, every = Math.ceil(lines.length / mostPoints), smooth = smoothed(lines.map((line) => line.loss));
  const kept = lines.map((line, i) => [line.step, line.loss, smooth[i]!] as const).filter((_, i) => i % every === 0 || i === lines.length - 1);
  const heldOut = lines.filter((line) => typeof line.heldOutLoss === "number").map((line) => [line.step, line.heldOutLoss!] as const);
  return { name: armName(arm), seed, colour, nth, points: kept, heldOut, broke: broke === null ? null : lines.findLast((line) => line.step <= broke && line.loss !== null) ?? null };
}

/** What a loss is that is not the decoder's, and the name of its axis. */
const otherLosses: Readonly<Record<string, readonly [words: string, axis: string]>> = {
  "encoder-states": ["mean squared error to the states of T5's encoder for the same text", "squared error per number"],
  diffusion: ["FLUX's diffusion loss, mean squared error of the velocity", "squared error per number"],
};

const lossWords = (objective: string | undefined): readonly [words: string, axis: string] => (objective === undefined ? ["cross-entropy of the frozen T5 decoder", "loss (nats per token)"] : otherLosses[objective] ?? [objective, objective]);

const loss = (x: number | null): string => (x === null ? "not finite" : x.toPrecision(4));

function row(t: TrainingSummary): Html {
  const none = t.steps === 0;
  return html`<tr><th scope="row">${armName(t.arm)}${t.objective === undefined ? nothing : html`<small>${lossWords(t.objective)[0]}</small>`}</th><td>${t.seed}</td><td>${count(t.steps)}${none ? nothing : html`<small>rates up to ${Number(t.peakRate.toPrecision(3))}</small>`}</td><td>${none ? "–" : loss(t.firstLoss)}</td><td>${none ? "–" : loss(t.finalLoss)}</td>
    <td>${none ? "–" : loss(t.finalLossMean)}</td><td>${t.heldOutLoss === null ? "–" : loss(t.heldOutLoss)}</td><td>${count(t.nonFiniteSteps)}${t.diverged ? `, diverged${t.divergedAt === undefined ? "" : ` at step ${t.divergedAt}`}` : ""}</td>
    <td>${none ? "–" : duration(t.seconds)}</td><td>${t.parameters === null ? "–" : count(t.parameters)}</td></tr>`;
}

/** The training section; nothing where the run has no training on record. */
export function training({ summary, losses }: { readonly summary: Pick<Summary, "training" | "profile"> & { readonly kind: string }; readonly losses: ReportContext["losses"] }): Html {
  if (summary.training.length === 0) return nothing;
  const all = [...groupBy(losses, (line) => JSON.stringify([line.arm, line.seed])).values()].sort(([a], [b]) => compareArms(a!.arm, b!.arm) || a!.seed - b!.seed), manySeeds = new Set(losses.map((line) => line.seed)).size > 1;
  const known = ([first]: readonly LossLine[]): TrainingSummary | undefined => summary.training.find((t) => t.arm === first!.arm && t.seed === first!.seed), every = Math.max(1, ...all.map((lines) => Math.ceil(lines.length / mostPoints)));
  // Losses that are another quantity have a chart of their own; the decoder's comes first.
  const charts = [...groupBy(all, (lines) => known(lines)?.objective ?? "").entries()].sort(([a], [b]) => (a < b ? -1 : 1)).map(([objective, own]) => ({ objective: objective === "" ? undefined : objective, arms: [...groupBy(own, ([first]) => first!.arm).values()] }));
  const canvas = ({ objective }: (typeof charts)[number], i: number): Html => html`${i === 0 ? nothing : html`<h3>${lossWords(objective)[0].replace(/^./, (c) => c.toUpperCase())}</h3>`}
    <div class="chart"><canvas ${i === 0 ? html`id="loss-chart" ` : nothing}data-loss="${i}" role="img" aria-label="Line chart of the training loss by step; the table below holds its ends"></canvas></div>`;
  return html`<section id="training"><h2>Training loss${summary.kind === "ablation" ? " (the paper's Figure 7)" : ""}</h2>
    <p>${lossWords(charts[0]?.objective)[0].replace(/^./, (c) => c.toUpperCase())}${charts[0]?.objective === undefined ? " on the text it has to write from the aligned features" : ""}, per step${charts.length > 1 ? "; arms whose loss is another quantity have a chart of their own below" : ""}.
      The line is a running mean over a fiftieth of the steps${every > 1 ? `; of the longest curve one step in ${every} is drawn` : ""}.${manySeeds ? " An arm's further training seeds are thin lines of its colour." : ""} Losses of arms with other inputs or targets are not comparable in level. How far the loss falls tells little about the images.</p>
    ${charts.length > 0 ? html`<div class="controls" role="group" aria-label="How to draw the loss">
      <label><input type="radio" name="loss-scale" value="logarithmic" checked> log scale</label><label><input type="radio" name="loss-scale" value="linear"> linear</label>
      <label><input type="checkbox" id="loss-raw"${all.length > 1 ? nothing : " checked"}> single steps</label></div>
    ${charts.map(canvas)}
    ${jsonScript("loss-data", charts.map(({ objective, arms }) => ({ axis: lossWords(objective)[1], curves: arms.flatMap((seeds, colour) => seeds.map((lines, nth) => curve(lines, colour, nth, known(lines)?.divergedAt ?? null))) })))}` : nothing}
    <div class="scroll"><table><caption>Training. Profile <strong>${summary.profile}</strong>. Losses are single measurements on one batch, except the mean of the last tenth of the steps.
      ${summary.training.filter((t) => t.diverged).length} of ${summary.training.length} trainings diverged: ${divergenceRule}.</caption>
      <thead><tr><th scope="col">Arm</th><th scope="col">Seed</th><th scope="col">Steps</th><th scope="col">First loss</th><th scope="col">Final loss</th><th scope="col">Mean of last tenth</th><th scope="col">Held-out captions</th>
        <th scope="col">Non-finite steps</th><th scope="col">Time</th><th scope="col">Parameters</th></tr></thead><tbody>${summary.training.map(row)}</tbody></table></div></section>`;
}
