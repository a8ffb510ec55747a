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

function curve(lines: readonly LossLine[], manySeeds: boolean, broke: number | null): unknown {
  const { arm, seed } = lines[0]!, every = Math.ceil(lines.length / mostPoints), smooth = smoothed(lines.map((line) => line.loss));
  const kept = lines.map((line, i) => [line.step, line.loss, smooth[i]!] as const).filter((_, i) => i % every === 0 || i === lines.length - 1);
  const heldOut = lines.filter((line) => typeof line.heldOutLoss === "number").map((line) => [line.step, line.heldOutLoss!] as const);
  return { name: manySeeds ? `${armName(arm)}, seed ${seed}` : armName(arm), points: kept, heldOut, broke: broke === null ? null : lines.findLast((line) => line.step <= broke && line.loss !== null) ?? null };
}

const loss = (x: number | null): string => (x === null ? "not finite" : x.toPrecision(4));

function row(t: TrainingSummary): Html {
  const none = t.steps === 0;
  return html`<tr><th scope="row">${armName(t.arm)}</th><td>${t.seed}</td><td>${count(t.steps)}</td><td>${none ? "–" : loss(t.firstLoss)}</td><td>${none ? "–" : loss(t.finalLoss)}</td>
    <td>${none ? "–" : loss(t.finalLossMean)}</td><td>${t.heldOutLoss === null ? "–" : loss(t.heldOutLoss)}</td><td>${count(t.nonFiniteSteps)}${t.diverged ? `, diverged${t.divergedAt === undefined ? "" : ` at step ${t.divergedAt}`}` : ""}</td>
    <td>${none ? "–" : duration(t.seconds)}</td><td>${t.parameters === null ? "–" : count(t.parameters)}</td></tr>`;
}

/** The training section; nothing where the run has no training on record. */
export function training({ summary, losses }: { readonly summary: Pick<Summary, "training" | "profile"> & { readonly kind: string }; readonly losses: ReportContext["losses"] }): Html {
  if (summary.training.length === 0) return nothing;
  const curves = [...groupBy(losses, (line) => JSON.stringify([line.arm, line.seed])).values()].sort(([a], [b]) => compareArms(a!.arm, b!.arm)), manySeeds = new Set(losses.map((line) => line.seed)).size > 1;
  const every = Math.max(1, ...curves.map((lines) => Math.ceil(lines.length / mostPoints)));
  return html`<section id="training"><h2>Training loss${summary.kind === "ablation" ? " (the paper's Figure 7)" : ""}</h2>
    <p>Cross-entropy of the frozen T5 decoder on the text it has to write from the aligned features, per step. The line is a running mean over a fiftieth of the steps${
      every > 1 ? `; of the longest curve one step in ${every} is drawn` : ""}. Losses of arms with other inputs or targets are not comparable in level. How far the loss falls tells little about the images.</p>
    ${curves.length > 0 ? html`<div class="controls" role="group" aria-label="How to draw the loss">
      <label><input type="radio" name="loss-scale" value="logarithmic" checked> log scale</label><label><input type="radio" name="loss-scale" value="linear"> linear</label>
      <label><input type="checkbox" id="loss-raw" checked> single steps</label></div>
    <div class="chart"><canvas id="loss-chart" role="img" aria-label="Line chart of the training loss by step; the table below holds its ends"></canvas></div>
    ${jsonScript("loss-data", curves.map((lines) => curve(lines, manySeeds, summary.training.find((t) => t.arm === lines[0]!.arm && t.seed === lines[0]!.seed)?.divergedAt ?? null)))}` : nothing}
    <div class="scroll"><table><caption>Training. Profile <strong>${summary.profile}</strong>. Losses are single measurements on one batch, except the mean of the last tenth of the steps.
      ${summary.training.filter((t) => t.diverged).length} of ${summary.training.length} trainings diverged: ${divergenceRule}.</caption>
      <thead><tr><th scope="col">Arm</th><th scope="col">Seed</th><th scope="col">Steps</th><th scope="col">First loss</th><th scope="col">Final loss</th><th scope="col">Mean of last tenth</th><th scope="col">Held-out captions</th>
        <th scope="col">Non-finite steps</th><th scope="col">Time</th><th scope="col">Parameters</th></tr></thead><tbody>${summary.training.map(row)}</tbody></table></div></section>`;
}
