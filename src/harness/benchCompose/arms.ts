/** The arms of bench:compose: what each one draws from. */
import { clipAblations } from "../../ablations/thinkdiff-clip.ts";
import type { ComposeTask } from "./tasks.ts";

/** Whose tokens an aligner's arm draws from, and in which order. */
export type ImageSource = "own" | "another" | "swapped";

/** Where a picture comes from: image tokens through an aligner, followed by the text; a text alone; or no drawing at all. */
export type ComposeCondition =
  | { readonly kind: "aligned"; readonly aligner: string; readonly images: ImageSource }
  | { readonly kind: "text"; readonly text: "own" | "captions" | "target" }
  | { readonly kind: "picture"; readonly picture: "first" | "target" };

/** Whether the LVLM has to caption the images for it. */
export const drawsFromCaptions = (condition: ComposeCondition): boolean => condition.kind === "text" && condition.text === "captions";

export interface ComposeArm {
  readonly name: string;
  /** What it is, as a phrase after the name. */
  readonly meaning: string;
  readonly condition: ComposeCondition;
  /** Inputs it can be given; all where left out. */
  readonly only?: (task: ComposeTask) => boolean;
  /** Whether every noise of a case is drawn; false where one picture says all. */
  readonly still?: true;
}

/** The released method. */
export const composeMethod = "thinkdiff-clip";

/** An aligner as it is before its first step. */
export const untrainedClip = "untrained-aligner";

export const composeArms: readonly ComposeArm[] = [
  { name: composeMethod, meaning: "FLUX draws from the aligned image tokens, followed by T5's states of the text", condition: { kind: "aligned", aligner: composeMethod, images: "own" } },
  { name: "text-bridge", meaning: "FLUX draws from the LVLM's captions of the images, joined with the text", condition: { kind: "text", text: "captions" } },
  { name: "true-caption", meaning: "FLUX draws from a caption that says all of what is asked for", condition: { kind: "text", text: "target" } },
  { name: "text-only", meaning: "FLUX draws from the text and sees no image", condition: { kind: "text", text: "own" }, only: ({ text }) => text },
  { name: "copy-input", meaning: "the first input image itself, as a perfect copier would return it", condition: { kind: "picture", picture: "first" }, still: true },
  { name: "real-image", meaning: "the judge on a picture of the world that shows all of what is asked for", condition: { kind: "picture", picture: "target" }, still: true },
  { name: untrainedClip, meaning: "control: image tokens through an aligner that never trained", condition: { kind: "aligned", aligner: untrainedClip, images: "own" } },
  { name: "shuffled-features", meaning: "control: the aligned tokens of another case's images, with the own text", condition: { kind: "aligned", aligner: composeMethod, images: "another" } },
  { name: "swapped-order", meaning: "identity check: the second image's tokens first", condition: { kind: "aligned", aligner: composeMethod, images: "swapped" }, only: ({ images }) => images > 1, still: true },
];

export const composeArmNames: readonly string[] = composeArms.map(({ name }) => name);

/** Ablations of the aligner, scored by `ablate` alone. */
const ablationArms: readonly ComposeArm[] = clipAblations.map(({ name, summary }) => ({ name, meaning: `ablation: ${summary}`, condition: { kind: "aligned", aligner: name, images: "own" } }));

export const ablationNames: readonly string[] = ablationArms.map(({ name }) => name);

const allArms: readonly ComposeArm[] = [composeArms[0]!, ...ablationArms, ...composeArms.slice(1)];

/** Every arm there is, in the order of reports. */
export const knownArmNames: readonly string[] = allArms.map(({ name }) => name);

/** An arm by its name; the noise of its pictures, the images and the text are those of every other arm. */
export const composeArm = (name: string): ComposeArm => allArms.find((arm) => arm.name === name)!;

/** Whether an arm is given what is asked for, which only cases with known attributes tell. */
export const needsTarget = ({ condition }: ComposeArm): boolean => (condition.kind === "text" && condition.text === "target") || (condition.kind === "picture" && condition.picture === "target");

/** Noises that each case is drawn from. */
export const noises = 3;

/** A sample's number within its arm and task: cases follow each other, each with all its noises. */
export const caseOf = ({ still }: ComposeArm, prompt: number): { readonly index: number; readonly noise: number } =>
  still ? { index: prompt, noise: 0 } : { index: Math.floor(prompt / noises), noise: prompt % noises };

/** Samples of an arm on so many cases. */
export const samplesOf = ({ still }: ComposeArm, cases: number): number => cases * (still ? 1 : noises);
