/** Every experiment: an ablation is a file of this folder whose default export is an experiment, or a family of them. */
import { readdirSync } from "node:fs";
import { UserError } from "../files/userError.ts";
import { baseline } from "./baseline.ts";
import type { Experiment } from "./experiment.ts";
import { untrainedAligner } from "./untrained-aligner.ts";

export { baseline, untrainedAligner };

/** The files' order in help and reports; those not listed follow. */
const order = [
  "no-rmsnorm", "default-init", "no-masking", "input-tokens", "input-tokens-split", "literal-masking", "linear-aligner", "deep-aligner", "wide-aligner", "encoder-states", "diffusion-loss", "fine-tuned-t5",
  "feature-layer", "flux-noise", "norm-scale", "rate-sweep",
];
const place = (file: string): number => (order.includes(file) ? order.indexOf(file) : order.length);

/** The ablations of a folder by the file that exports them. */
export async function ablationsIn(folder: URL): Promise<ReadonlyMap<string, readonly Experiment[]>> {
  const found = new Map<string, readonly Experiment[]>(), files = readdirSync(folder).filter((file) => file.endsWith(".ts") && file !== "index.ts").map((file) => file.slice(0, -".ts".length));
  for (const file of files.sort((a, b) => place(a) - place(b) || (a < b ? -1 : 1))) {
    const { default: own } = await import(new URL(`${file}.ts`, folder).href) as { readonly default?: Experiment | readonly Experiment[] };
    if (own) found.set(file, [own].flat() as Experiment[]);
  }
  return found;
}

const byFile = await ablationsIn(new URL("./", import.meta.url)), of = (...files: string[]): readonly Experiment[] => files.flatMap((file) => byFile.get(file)!);

/** The ablations that `ablate` can be asked for, in order. */
export const ablations: readonly Experiment[] = [...byFile.values()].flat();

const paper = of("no-rmsnorm", "default-init", "no-masking", "input-tokens");

/** Names that stand for several ablations. */
export const ablationGroups: Readonly<Record<string, readonly Experiment[]>> = {
  rmsnorm: of("no-rmsnorm", "default-init"),
  all: paper,
  "norm-scale": of("no-rmsnorm", "default-init", "norm-scale"),
  "rate-sweep": [...paper, ...of("rate-sweep")],
  "feature-layer": of("feature-layer"),
  "flux-noise": of("flux-noise"),
  // The paper's four at the norm's own scale and at the baseline's rate are what its scales and rates are compared with.
  extras: ablations,
};

/** Every trainable experiment by name, controls included. */
export const experiments: ReadonlyMap<string, Experiment> = new Map([baseline, ...ablations, untrainedAligner].map((e) => [e.name, e]));

/** Ablations that change two things at once, each with one that changes one of them and is trained beside it: the losses of the encoder and of the diffusion model take the whole text, as no-masking does. */
const controls: Readonly<Record<string, string>> = { "input-tokens": "input-tokens-split", "encoder-states": "no-masking", "diffusion-loss": "no-masking" };

const withControls = (asked: readonly Experiment[]): readonly Experiment[] => [...new Set(asked.flatMap((experiment) => {
  const control = controls[experiment.name];
  return control === undefined ? [experiment] : [experiment, ...of(control)];
}))];

/** Whether an arm is nothing but the control of another. */
export const isControl = (arm: string): boolean => arm === "input-tokens-split";

/** The ablations of a name or group, each followed by its control where it has one; an unknown name is a UserError that lists those known. */
export function ablationsNamed(name: string): readonly Experiment[] {
  const found = withControls(ablationGroups[name] ?? ablations.filter((e) => e.name === name));
  if (found.length === 0) throw new UserError(`ablation "${name}" is not known; known are ${[...ablations.map((e) => e.name), ...Object.keys(ablationGroups)].join(", ")}`, 2);
  return found;
}

/** One line a name, for the command line's help. */
export const ablationHelp = (): string => [
  ...ablations.map((e) => `${e.name}: ${e.summary}${controls[e.name] === undefined ? "" : `; trains ${controls[e.name]} as well`}`),
  ...Object.keys(ablationGroups).map((name) => `${name}: ${ablationsNamed(name).map((e) => e.name).join(", ")}`),
].join("\n");
