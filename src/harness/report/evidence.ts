/** What a claim's evidence holds beside its effect, in words. */
import { duration } from "../duration.ts";
import type { Bounds } from "../summary/types.ts";
import { bounds, count } from "./words.ts";

interface Converged { readonly converged: boolean; readonly because?: string; readonly finalLoss: number | null }

const converging = ({ converged, because, finalLoss }: Converged): string =>
  `${converged ? "converged" : `did not converge (${because ?? "no reason on record"})`}${finalLoss === null ? "" : `, loss ${finalLoss.toPrecision(4)}`}`;

const signed = (x: number): string => `${x < 0 ? "−" : "+"}${Math.abs(x).toFixed(3)}`;

/** Lines for each kind of evidence; the values are those that the claims' tests put there. */
const words: Readonly<Record<string, (value: never) => readonly string[]>> = {
  shots: (shots: number) => [`at ${shots} shots`],
  trueCaptionGain: (gain: number) => [`the true caption gains ${signed(gain)} over an untrained aligner`],
  shareOfTrueCaption: ({ share, ci95, n }: { readonly share: number; readonly ci95: Bounds; readonly n: number }) => [`reaches ${share.toFixed(2)} of the true caption's accuracy, 95 % interval ${bounds(ci95)}, n = ${count(n)}`],
  trainings: (trainings: readonly { readonly seed: number; readonly baseline: Converged; readonly variant: Converged }[]) =>
    trainings.map(({ seed, baseline, variant }) => `seed ${seed}: the baseline ${converging(baseline)}; the variant ${converging(variant)}`),
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
