/** Measures trained aligners on a fixed sample of held-out texts: why pictures come out as they do. */
import type { Executor, Tensors } from "../../graph/executor.ts";
import { padded } from "../../graph/padded.ts";
import { floats, type Tensor } from "../../graph/tensor.ts";
import { IGNORED } from "../../models/t5/labels.ts";
import { readingEntropy } from "../../models/t5/readingEntropy.ts";
import { encode } from "../../models/t5/t5.ts";
import { WeightScope } from "../../models/weights.ts";
import { input } from "../../ops/index.ts";
import { targetTokens, type Vocabularies } from "../aligner/batches.ts";
import { carriedTraining } from "../aligner/carried.ts";
import { matchedPlaces } from "../aligner/matching.ts";
import { lvlmSide } from "../aligner/material.ts";
import { shortestText } from "../aligner/split.ts";
import { trainedAligned, type AlignerSource } from "../benchCobsat/aligners.ts";
import type { Session } from "../benchCobsat/session.ts";
import { padRows } from "../benchCobsat/textStates.ts";
import { featureKind, type FeatureKind } from "../features/makers.ts";
import type { FeatureRow } from "../features/shard.ts";
import type { OpenedT5 } from "../models.ts";
import { requireModels } from "../profile.ts";
import type { DiagnosticsLine } from "../runs/diagnostics.ts";
import { compareWithStates, type TextWithStates } from "./compare.ts";
import { rounded } from "./geometry.ts";

/** Held-out texts that are looked at. */
const most = 64;

export interface Diagnosis {
  /** What a diagnostics line says of an aligner; undefined where there is nothing finite to look at. */
  measure(aligner: AlignerSource): Promise<Omit<DiagnosticsLine, "arm" | "seed"> | undefined>;
  release(): Promise<void>;
}

/** States [T, D] of texts, as token ids, in a T5's encoder; unpadded. */
async function statesOf(executor: Executor, { config, weights }: OpenedT5, texts: readonly (readonly number[])[]): Promise<Tensor[]> {
  const program = await executor.compile({ last: encode(new WeightScope(), config, input("ids", ["B", "T"], "int32"), input("mask", ["B", "T"], "int32")).last }, weights);
  const { ids, mask } = padded(texts, config.pad_token_id), { last } = await program.run({ ids, mask }), D = config.d_model, T = ids.shape[1]!;
  await program.release();
  return texts.map(({ length }, b) => floats([length, D], (last.data as Float32Array).slice(b * T * D, (b * T + length) * D)));
}

const meanLog = (lengths: readonly number[]): number => rounded(lengths.reduce((sum, n) => sum + Math.log(n), 0) / lengths.length);

/** Reads the texts of the run's held-out sample; each aligner is then seconds of work. A UserError where a model is missing. */
export async function openDiagnosis({ executor, profile, frozen, run, signal }: Pick<Session, "executor" | "profile" | "frozen" | "run" | "signal">): Promise<Diagnosis> {
  const { aligner: { images, samples, recipe }, models, cache } = profile, carried = run.folder, { heldOut } = carriedTraining(carried)?.samples ?? samples;
  requireModels(profile, ["t5", "t5-text"]);
  const { t5, textT5 } = frozen, side = lvlmSide({ folders: models, images, executor, cache, carried, ...(recipe ? { recipe } : {}), ...(signal ? { signal } : {}) }), { width } = side;
  const rowsOf = (kind: FeatureKind): Promise<readonly FeatureRow[]> => side.rows(kind, "held-out", heldOut);
  const generated = await rowsOf("generated"), places = generated.flatMap(({ ids }, i) => (ids.length >= shortestText ? [i] : [])).slice(0, most), rows = places.map((i) => generated[i]!);
  if (rows.length === 0) return { measure: async () => undefined, release: async () => {} };
  const words = (tokenizer: OpenedT5["tokenizer"]): Vocabularies => ({ lvlm: side.tokenizer, t5: tokenizer, width });
  const tokens = rows.map(({ ids }) => targetTokens(Array.from(ids), words(textT5.tokenizer))), states = await statesOf(executor, textT5, tokens);
  const texts = rows.map(({ ids }, i): TextWithStates => ({ states: states[i]!, ids: tokens[i]!, places: matchedPlaces(ids, tokens[i]!, words(textT5.tokenizer)) }));
  const targets = rows.map(({ ids }) => targetTokens(Array.from(ids), words(t5.tokenizer))), labels = padded(targets, IGNORED).ids, own = await statesOf(executor, t5, targets), D = t5.config.d_model;
  const entropies = readingEntropy(new WeightScope(), t5.config, input("features", ["B", "T", D]), input("mask", ["B", "T"], "int32"), input("labels", ["B", "L"], "int32"));
  const reader = await executor.compile(Object.fromEntries(entropies.map((entropy, i) => [`${i}`, entropy])), t5.weights);
  const read = async (parts: readonly Tensor[]): Promise<number[]> => {
    const result: Tensors = await reader.run({ ...padRows(parts), labels });
    return entropies.map((_, i) => rounded(result[`${i}`]!.data[0]!));
  };
  const ofStates = await read(own);
  return {
    async measure({ folder, reads }) {
      const kind = featureKind(reads);
      const program = await trainedAligned(executor, folder), given = await rowsOf(kind);
      const aligned = await program.align(places.map((i) => floats([given[i]!.features.length / width, width], given[i]!.features)));
      await program.release();
      if (!aligned.every(({ data }) => (data as Float32Array).every(Number.isFinite))) return undefined;
      return {
        ...compareWithStates(aligned, texts, kind !== "prompt"),
        entropy: { aligned: await read(aligned), states: ofStates, uniform: { aligned: meanLog(aligned.map(({ shape }) => shape[0]!)), states: meanLog(own.map(({ shape }) => shape[0]!)) } },
      };
    },
    release: () => reader.release(),
  };
}
