/**
 * What a run folder carries from the machine that has the LVLM to the one that trains: training/training.json, the LVLM's tokenizer beside it, and, where an aligner is still to be
 * trained, the features of its captions; then aligners/<name>-<seed>, from the machine that trained to the one that draws.
 */
import { copyFileSync, existsSync, linkSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { z } from "zod";
import type { Experiment } from "../../ablations/experiment.ts";
import { writeAtomically } from "../../files/atomic.ts";
import { readJson } from "../../files/json.ts";
import { sha256 } from "../../files/sha256.ts";
import { loadTokenizer } from "../../text/tokenizer.ts";
import { featurePlace, trainingFeatures, type FeatureOptions } from "../features/features.ts";
import { featureKind, type FeatureKind } from "../features/makers.ts";
import { featureMakings, type FeatureSet, type FeatureSource } from "../features/recipe.ts";
import { storedRows, storeFiles } from "../features/store.ts";
import { decidingFiles } from "../models.ts";
import { parseRecord } from "../runs/samples.ts";
import type { SampleCounts } from "./makings.ts";
import type { LvlmSide } from "./material.ts";
import { alignerFile, decidingPart, lossFile, readAlignerRecord, recordFile } from "./record.ts";

const schema = z.strictObject({ format: z.literal(1), made: z.string(), width: z.int(), samples: z.strictObject({ train: z.int(), heldOut: z.int() }) });

const folderOf = (run: string): string => join(run, "training");
const fileOf = (run: string): string => join(folderOf(run), "training.json");

/** What training needs to know of the LVLM and its pictures: what their features are made of, its SHA-256, their width and numbers; undefined where the run folder does not say. */
export function carriedTraining(run: string): { readonly made: string; readonly features: string; readonly width: number; readonly samples: SampleCounts } | undefined {
  if (!existsSync(fileOf(run))) return undefined;
  const { made, width, samples } = parseRecord(schema, readJson(fileOf(run)), fileOf(run));
  return { made, features: sha256(made), width, samples };
}

/** Keeps in the run folder what training needs to know of the LVLM. */
export function carryTraining(run: string, source: FeatureSource, { train, heldOut }: SampleCounts): void {
  const { folder, config } = source.lvlm;
  for (const name of decidingFiles.filter((file) => existsSync(join(folder, file)))) writeAtomically(join(folderOf(run), "lvlm", name), readFileSync(join(folder, name)));
  writeAtomically(fileOf(run), `${JSON.stringify({ format: 1, made: featureMakings(source), width: config.hidden_size, samples: { train, heldOut } }, null, 2)}\n`);
}

/** The kinds of features that an experiment's training reads. */
export const kindsOf = (experiment: Pick<Experiment, "features" | "layer">): readonly FeatureKind[] => [...new Set<FeatureKind>(["generated", featureKind(experiment)])];

const setsOf = ({ train, heldOut }: SampleCounts): readonly (readonly [FeatureSet, number])[] => [["train", train], ["held-out", heldOut]];

/** A second name for a file, or a copy where the disk is another one; whole or not at all. */
function place(from: string, to: string): void {
  if (existsSync(to)) return;
  mkdirSync(dirname(to), { recursive: true });
  try {
    linkSync(from, to);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return;
    const half = `${to}.${process.pid}.half`;
    copyFileSync(from, half);
    linkSync(half, to);
    rmSync(half);
  }
}

/** Makes the training features of experiments, or finds them, and puts them into the run folder. */
export async function carryFeatures(run: string, source: FeatureSource, experiments: readonly Experiment[], samples: SampleCounts, how: FeatureOptions): Promise<void> {
  const made = featureMakings(source);
  for (const kind of new Set(experiments.flatMap(kindsOf))) {
    for (const [set, count] of setsOf(samples)) {
      await trainingFeatures(source, kind, set, count, how);
      const there = storeFiles(featurePlace(folderOf(run), made, kind, set, count));
      storeFiles(featurePlace(how.cache, made, kind, set, count)).forEach(({ path }, i) => place(path, there[i]!.path));
    }
  }
}

/** The LVLM's side of a training as the run folder carries it; what it lacks comes from `otherwise`, which opens the LVLM. Undefined where it carries none. */
export function carriedSide(run: string, otherwise: () => LvlmSide): LvlmSide | undefined {
  const known = carriedTraining(run);
  if (known === undefined) return undefined;
  return {
    identity: known.features, width: known.width, tokenizer: loadTokenizer(join(folderOf(run), "lvlm")),
    async rows(kind, set, count) {
      const store = featurePlace(folderOf(run), known.made, kind, set, count);
      if (!storeFiles(store).every(({ path }) => existsSync(path))) return otherwise().rows(kind, set, count);
      return storedRows({ ...store, width: known.width, maker: () => Promise.reject(new Error("every file is there")) });
    },
  };
}

/** Where a run folder keeps an arm's aligner. */
export const carriedPlace = (run: string, { name, seed }: Pick<Experiment, "name" | "seed">): string => join(run, "aligners", `${name}-${seed}`);

/** The folder of an experiment's aligner in the run folder; undefined where it has none of these makings. */
export function carriedAligner(run: string, experiment: Experiment): string | undefined {
  const folder = carriedPlace(run, experiment);
  return isDeepStrictEqual(readAlignerRecord(folder)?.made.experiment, decidingPart(experiment)) ? folder : undefined;
}

/** Copies a finished aligner into the run folder, its record last. */
export function carryAligner(run: string, experiment: Experiment, from: string): string {
  const to = carriedPlace(run, experiment);
  for (const file of [lossFile, alignerFile, recordFile]) if (existsSync(file(from))) writeAtomically(file(to), readFileSync(file(from)));
  return to;
}
