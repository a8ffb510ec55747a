/** Numbers and names as the report writes them. */
import { fluxNoiseOf } from "../../ablations/flux-noise.ts";
import type { Bounds } from "../summary/types.ts";

/** "0.622", as the paper prints accuracies. */
export const fraction = (x: number): string => x.toFixed(3);

/** "−0.12", of a number of either sign. */
export const decimal = (x: number, digits = 3): string => x.toFixed(digits).replace("-", "−");

/** "+0.120", of a difference. */
export const signed = (x: number): string => `${x < 0 ? "−" : "+"}${Math.abs(x).toFixed(3)}`;

/** "0.0312". */
export const pText = (p: number): string => (p < 0.0001 ? "< 0.0001" : p.toFixed(4));

/** "[0.58, 0.66]". */
export const bounds = ([low, high]: Bounds, digits = 2): string => `[${low.toFixed(digits)}, ${high.toFixed(digits)}]`.replaceAll("-", "−");

const percentText = (x: number): string => (100 * x).toFixed(1);

const nowhereBroken = (text: string): string => text.replace(/ (%|=) ?/g, (match) => match.replaceAll(" ", "\u00a0").replace("%\u00a0", "% "));

const spread = ([low, high]: Bounds, n: number, unit: string): string => `(95 % interval ${percentText(low)} to ${percentText(high)}, n = ${count(n)}${unit})`;

/** "61.2 % (95 % interval 55.0 to 67.1, n = 250)", which breaks at no number. */
export const measured = (accuracy: number, interval: Bounds, n: number): string => nowhereBroken(`${percentText(accuracy)} % ${spread(interval, n, "")}`);

/** "7.2 points (95 % interval 2.0 to 12.1, n = 250 pairs)". */
export const points = (difference: number, interval: Bounds, n: number): string =>
  nowhereBroken(`${percentText(difference)} points ${spread(interval, n, " pairs")}`.replaceAll("-", "−"));

/** "1,000". */
export const count = (n: number): string => n.toLocaleString("en-US");

/** "1.5 GB", in powers of ten. */
export function bytes(n: number): string {
  return n >= 1e9 ? `${(n / 1e9).toFixed(2)} GB` : n >= 1e6 ? `${(n / 1e6).toFixed(1)} MB` : `${count(n)} bytes`;
}

interface ArmWords {
  readonly name: string;
  /** What it is, as a phrase after the name. */
  readonly meaning: string;
}

const arms: Readonly<Record<string, ArmWords>> = {
  "real-image": { name: "Real image", meaning: "the judge looks at the benchmark's own image" },
  "true-caption": { name: "True caption", meaning: "FLUX draws the pair's canonical caption" },
  "lvlm-text": { name: "LVLM text", meaning: "both words are in what the LVLM wrote; nothing is drawn" },
  "text-bridge": { name: "Text bridge", meaning: "FLUX draws the LVLM's text, read by T5's encoder" },
  "decoder-text": { name: "Decoder text", meaning: "both words are in what T5's decoder writes from the aligned features; nothing is drawn" },
  "thinkdiff-lvlm": { name: "ThinkDiff-LVLM", meaning: "FLUX draws the aligned features" },
  "untrained-aligner": { name: "Untrained aligner", meaning: "control: features through an aligner that never trained" },
  "shuffled-features": { name: "Shuffled features", meaning: "control: the aligned features of another sample" },
  http: { name: "Image server", meaning: "a server draws the LVLM's text" },
  "copy-query": { name: "Copy the query", meaning: "by arithmetic: the given half right, the other guessed among ten" },
  chance: { name: "Chance", meaning: "by arithmetic: both halves guessed among ten" },
};

const folder = /^folder:/;

/** An arm's or rung's name in words; an ablation, or the images of another system, keep their own. */
export const armName = (arm: string): string => (Object.hasOwn(arms, arm) ? arms[arm]!.name : arm.replace(folder, ""));

/** What an arm or rung is. */
export const armMeaning = (arm: string): string => (Object.hasOwn(arms, arm) ? arms[arm]!.meaning : fluxNoiseOf(arm)?.bridge ? "the text bridge, drawn by the same copy of FLUX as the arm it is named after" : folder.test(arm) ? "images of another system, judged here" : "ablation: the baseline with one thing changed");

/** Whether an arm is a method under test: ThinkDiff-LVLM or an ablation of it, no rung around it. */
export const isMethod = (arm: string): boolean => arm === "thinkdiff-lvlm" || (!Object.hasOwn(arms, arm) && !fluxNoiseOf(arm)?.bridge);

const machinery: Readonly<Record<string, string>> = { cpu: "the CPU", webgpu: "a GPU (WebGPU)", cuda: "a GPU (CUDA)", ort: "ONNX Runtime", tfjs: "TensorFlow.js" };

/** A device or an engine in words. */
export const machineryName = (name: string): string => (Object.hasOwn(machinery, name) ? machinery[name]! : name);
