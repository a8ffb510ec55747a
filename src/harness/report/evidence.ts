/** What a claim's evidence holds beside its effect, in words. */
import type { LossGap } from "../claims/lossGap.ts";
import { duration } from "../duration.ts";
import { deviation, mean } from "../statistics/moments.ts";
import type { Bounds } from "../summary/types.ts";
import { bounds, count, signed } from "./words.ts";

interface Converged { readonly converged: boolean; readonly because?: string; readonly finalLoss: number | null }

const converging = ({ converged, because, finalLoss }: Converged): string =>
  `${converged ? "converged" : `did not converge (${because ?? "no reason on record"})`}${finalLoss === null ? "" : `, loss ${finalLoss.toPrecision(4)}`}`;

/** Lines for each kind of evidence; the values are those that the claims' tests put there. */
const words: Readonly<Record<string, (value: never) => readonly string[]>> = {
  shots: (shots: number) => [`at ${shots} shots`],
  trueCaptionGain: (gain: number) => [`the true caption gains ${signed(gain)} over an untrained aligner`],
  shareOfTrueCaption: ({ share, ci95, n }: { readonly share: number; readonly ci95: Bounds; readonly n: number }) => [`reaches ${share.toFixed(2)} of the true caption's accuracy, 95 % interval ${bounds(ci95)}, n = ${count(n)}`],
  trainings: (trainings: readonly { readonly seed: number; readonly baseline: Converged; readonly variant: Converged }[]) =>
    trainings.map(({ seed, baseline, variant }) => `seed ${seed}: the baseline ${converging(baseline)}; the variant ${converging(variant)}`),
  lossGaps: (gaps: readonly (LossGap & { readonly seed: number })[]) => [
    ...gaps.map(({ seed, gap, ci95, heldOut, halfway, steps, ofSteps }) => `for information, seed ${seed}: the variant ends ${signed(gap)} nats ${bounds(ci95, 3)} from the baseline on the same batches${heldOut === null ? "" : `, ${signed(heldOut)} on held-out captions`}; the loss that the baseline has after ${count(steps.baseline)} steps, ${halfway.toPrecision(3)}, it ${steps.variant === null ? `does not reach in ${count(ofSteps)}` : `reaches after ${count(steps.variant)}`}`),
    ...(gaps.length > 1 ? [`over ${gaps.length} seeds: ${signed(mean(gaps.map(({ gap }) => gap)))} nats, standard deviation ${deviation(gaps.map(({ gap }) => gap)).toFixed(3)}`] : []),
  ],
  withTheWholeText: ({ effect, ci95, n }: { readonly effect: number; readonly ci95: Bounds; readonly n: number }) => [`where both write the whole text (no-masking less input-tokens): ${signed(effect)} ${bounds(ci95)}, n = ${count(n)}`],
  ownCost: (trainings: readonly { readonly seed: number; readonly steps: number; readonly seconds: number; readonly parameters: number | null }[]) =>
    trainings.map(({ seed, steps, seconds, parameters }) => `here, seed ${seed}: ${count(steps)} steps in ${duration(seconds)}${parameters === null ? "" : `, ${count(parameters)} parameters`}`),
  machine: (machine: string) => [`on ${machine}`],
  published: ({ gpus, gpu, hours }: { readonly gpus: number; readonly gpu: string; readonly hours: number }) => [`the paper's: ${hours} hours on ${gpus} ${gpu} GPUs`],
};

const listed = (value: unknown): string =>
  (typeof value === "number" ? String(Number(value.toPrecision(4))) : Array.isArray(value) ? value.map(listed).join(", ") : typeof value === "object" && value !== null ? Object.entries(value).map(([name, own]) => `${name} ${listed(own)}`).join(", ") : String(value));

/** The lines of one piece of evidence; of a kind that has no words of its own, its name and what it holds. */
export function evidenceInWords(name: string, value: unknown): readonly string[] {
  return Object.hasOwn(words, name) ? words[name]!(value as never) : [`${name}: ${listed(value)}`];
}
