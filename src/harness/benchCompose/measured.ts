/** What can be said of own cases, whose attributes nobody knows: cosines of CLIP's embeddings, and how far the outputs as a whole lie from the inputs. */
import { Random } from "../../random/random.ts";
import { groupBy } from "../groupBy.ts";
import type { RunRecord } from "../runs/record.ts";
import { bootstrapMean } from "../statistics/bootstrap.ts";
import { frechetDistance } from "../statistics/frechet.ts";
import type { Bounds } from "../summary/types.ts";
import { inputKey } from "./cases.ts";
import { caseKey, type ComposeLine } from "./lines.ts";

/** A mean over pictures, its 95 % interval by resampling cases; none from one case. */
export interface Mean { readonly mean: number; readonly ci95: Bounds | null }

/** An arm on one kind of input of own cases. */
export interface MeasuredCell {
  readonly arm: string;
  readonly shots: number;
  readonly task: string;
  readonly n: number;
  readonly cases: number;
  readonly invalid: number;
  /** Cosine to each input image; null where no picture has one. */
  readonly images: readonly (Mean | null)[];
  /** Cosine to the text; null where there is none. */
  readonly text: Mean | null;
  /** Squared Fréchet distance between embeddings of so many outputs and of so many input images; null with fewer than two of either. */
  readonly frechet: { readonly distance: number | null; readonly outputs: number; readonly inputs: number };
}

function meanOf(lines: readonly ComposeLine[], value: (line: ComposeLine) => number | undefined, seed: number, ...key: readonly string[]): Mean | null {
  const values = lines.flatMap((line) => {
    const own = value(line);
    return own === undefined ? [] : [{ cluster: caseKey(line), value: own }];
  });
  if (values.length === 0) return null;
  const { estimate, low, high, clusters } = bootstrapMean(values, { random: new Random(seed, "compose similarity", ...key), resamples: 4000 });
  return { mean: estimate, ci95: clusters > 1 ? [low, high] : null };
}

function cellOf(lines: readonly ComposeLine[], { identity: { seed }, benchmarkImages }: RunRecord, embeddings: ReadonlyMap<string, readonly number[]>): MeasuredCell {
  const { arm, shots, task } = lines[0]!, places = Array.from({ length: shots }, (_, i) => i), indices = [...new Set(lines.map((line) => line.case))];
  const known = (hashes: readonly (string | undefined)[]): (readonly number[])[] => hashes.flatMap((hash) => (hash === undefined ? [] : [embeddings.get(hash) ?? []])).filter(({ length }) => length > 0);
  const outputs = known(lines.map(({ image }) => image)), inputs = known(indices.flatMap((index) => places.map((i) => benchmarkImages[inputKey(task, index, i)])));
  return {
    arm, shots, task, n: lines.length, cases: indices.length, invalid: lines.filter(({ outcome }) => outcome === "invalid").length,
    images: places.map((i) => meanOf(lines, ({ similarity }) => similarity?.[i], seed, arm, task, `image ${i + 1}`)), text: meanOf(lines, ({ textSimilarity }) => textSimilarity, seed, arm, task, "text"),
    frechet: { distance: frechetDistance(outputs, inputs), outputs: outputs.length, inputs: inputs.length },
  };
}

/** The cells of lines of own cases, one for each arm and kind of input. */
export const measuredCells = (record: RunRecord, lines: readonly ComposeLine[], embeddings: ReadonlyMap<string, readonly number[]>): MeasuredCell[] =>
  [...groupBy(lines, ({ arm, task }) => JSON.stringify([arm, task])).values()].map((own) => cellOf(own, record, embeddings));
