/** CoBSAT's second judge: CLIP's forced choice among the theme's ten details and ten subjects, by cosine. */
import { join } from "node:path";
import { readJsonAs } from "../../files/json.ts";
import { sha256, sha256FileOnce } from "../../files/sha256.ts";
import { UserError } from "../../files/userError.ts";
import { inLanes, type Executor, type Weights } from "../../graph/executor.ts";
import { floats, ints, type Tensor } from "../../graph/tensor.ts";
import { clipPreprocess } from "../../images/clipPreprocess.ts";
import { clipImageEmbeds, clipTextEmbeds } from "../../models/clip/clip.ts";
import { parseClipConfig, type ClipConfig } from "../../models/clip/config.ts";
import { WeightScope } from "../../models/weights.ts";
import { input } from "../../ops/index.ts";
import { loadTokenizer } from "../../text/tokenizer.ts";
import { openCheckpoint } from "../../weights/checkpoint.ts";
import { themes, valuesOf, type Half, type Theme } from "../tasks.ts";
import { shownName } from "../vocabulary.ts";
import type { Choice, Judge, Judged } from "./judge.ts";

/** The text that stands for a value of one half of a theme. */
export type ValuePrompt = (theme: Theme, half: Half, value: string) => string;

export interface ClipJudgeOptions {
  /** "clip" by default. */
  readonly name?: string;
  /** How each value is worded; its shown name by default. */
  readonly prompt?: ValuePrompt;
  /** Pictures in one run, 32 by default. */
  readonly batchSize?: number;
}

/** A judge that holds compiled graphs until released. */
export interface ClipJudge extends Judge { release(): Promise<void> }

const halves = ["detail", "object"] as const;

/** Token ids of every text, checked against the text tower's limits. */
function tokenize(folder: string, { text_config: { max_position_embeddings: most, vocab_size } }: ClipConfig, texts: readonly string[]): number[][] {
  const tokenizer = loadTokenizer(folder);
  return texts.map((text) => {
    const ids = tokenizer.encode(text);
    if (ids.length === 0 || ids.length > most) throw new UserError(`${folder}: the text "${text}" has ${ids.length} tokens; CLIP takes 1 to ${most}: word it otherwise`);
    const beyond = ids.find((id) => id >= vocab_size);
    if (beyond !== undefined) throw new UserError(`${folder}: the text "${text}" has token id ${beyond}, but the model's vocab_size is ${vocab_size}; tokenizer.json and config.json do not belong together`);
    return ids;
  });
}

/** Unit vectors [N, P] of token ids; rows are filled with their own last id, which leaves the first end token where it was. */
async function embedTexts(executor: Executor, config: ClipConfig, weights: Weights, rows: readonly number[][]): Promise<Tensor> {
  const T = Math.max(...rows.map((ids) => ids.length)), ids = rows.flatMap((row) => [...row, ...new Array<number>(T - row.length).fill(row.at(-1)!)]);
  const program = await executor.compile({ embeds: clipTextEmbeds(new WeightScope(), config, input("ids", ["N", "T"], "int32")) }, weights);
  const { embeds } = await program.run({ ids: ints([rows.length, T], ids) });
  await program.release();
  return embeds;
}

/** The first of the values with the highest similarity. */
function choose(values: readonly string[], similarities: readonly number[]): Choice {
  if (similarities.some((x) => !Number.isFinite(x))) return { reason: "CLIP's similarities are not finite" };
  return { value: values[similarities.indexOf(Math.max(...similarities))]! };
}

/** A CLIP model folder (config.json, model.safetensors, tokenizer.json, tokenizer_config.json) as a judge; every value's text is embedded once, here. */
export async function clipJudge(executor: Executor, folder: string, { name = "clip", prompt = (_theme, _half, value) => shownName(value), batchSize = 32 }: ClipJudgeOptions = {}): Promise<ClipJudge> {
  const config = readJsonAs(join(folder, "config.json"), parseClipConfig), checkpoint = openCheckpoint(folder);
  const weights: Weights = (weight) => checkpoint.tensors.get(weight);
  const texts = [...new Set(themes.flatMap((theme) => halves.flatMap((half) => valuesOf(theme, half).map((value) => prompt(theme, half, value)))))];
  const rows = tokenize(folder, config, texts), rowOf = new Map(texts.map((text, i) => [text, i]));
  const textEmbeds = (await embedTexts(executor, config, weights, rows)).data;

  const { image_size: side } = config.vision_config, P = config.projection_dim;
  const tower = await executor.compile({ embeds: clipImageEmbeds(new WeightScope(), config, input("pixels", ["I", 3, side, side])) }, weights, { together: true });

  const cosine = (image: ArrayLike<number>, row: number): number => {
    let sum = 0;
    for (let i = 0; i < P; i++) sum += image[i]! * textEmbeds[row * P + i]!;
    return sum;
  };
  const judgeOne = (image: ArrayLike<number>, theme: Theme): Judged => {
    const half = (which: Half): Choice => choose(valuesOf(theme, which), valuesOf(theme, which).map((value) => cosine(image, rowOf.get(prompt(theme, which, value))!)));
    return { detail: half("detail"), object: half("object") };
  };
  return {
    name,
    identity: sha256(JSON.stringify({ config, weights: checkpoint.files.map(({ path }) => sha256FileOnce(path)), texts: rows })),
    async judge(items) {
      const batches = Array.from({ length: Math.ceil(items.length / batchSize) }, (_, i) => items.slice(i * batchSize, (i + 1) * batchSize));
      return (await inLanes(tower, batches, async (batch) => {
        const pixels = new Float32Array(batch.length * 3 * side * side);
        batch.forEach(({ image }, i) => pixels.set(clipPreprocess(image, side), i * 3 * side * side));
        const { embeds } = await tower.run({ pixels: floats([batch.length, 3, side, side], pixels) });
        return batch.map(({ theme }, i) => judgeOne(embeds.data.subarray(i * P, (i + 1) * P), theme));
      })).flat();
    },
    release: () => tower.release(),
  };
}
