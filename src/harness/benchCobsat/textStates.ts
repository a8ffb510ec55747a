/** T5 beside the aligner: its encoder reads texts for FLUX, its decoder writes what aligned features say. Axes: B texts, T tokens, D width. */
import type { Executor } from "../../graph/executor.ts";
import { floats, ints, type Tensor } from "../../graph/tensor.ts";
import { t5Generator, type T5Generator } from "../../models/t5/generate.ts";
import { encode } from "../../models/t5/t5.ts";
import { WeightScope } from "../../models/weights.ts";
import { input } from "../../ops/index.ts";
import type { OpenedT5 } from "../models.ts";
import type { Profile } from "../profile.ts";

export interface TextStates {
  /** States [T, D] of each text, end token included; texts of one call share a batch. */
  read(texts: readonly string[]): Promise<Tensor[]>;
  release(): Promise<void>;
}

/** Rows [T, D] padded with zeros to the longest: [B, T, D], and their mask. */
export function padRows(rows: readonly Tensor[]): { features: Tensor; mask: Tensor } {
  const D = rows[0]!.shape[1]!, T = Math.max(1, ...rows.map(({ shape }) => shape[0]!)), features = new Float32Array(rows.length * T * D), mask = new Int32Array(rows.length * T);
  rows.forEach(({ data, shape }, b) => {
    features.set(data, b * T * D);
    mask.fill(1, b * T, b * T + shape[0]!);
  });
  return { features: floats([rows.length, T, D], features), mask: ints([rows.length, T], mask) };
}

/** T5's encoder over texts; padded to the profile's length where it has one, and unpadded otherwise. */
export async function textStates(executor: Executor, { config, tokenizer, weights }: OpenedT5, { textTokens }: Profile): Promise<TextStates> {
  const D = config.d_model;
  const { last } = encode(new WeightScope(), config, input("ids", ["B", "T"], "int32"), input("mask", ["B", "T"], "int32"));
  const program = await executor.compile({ last }, weights);
  return {
    async read(texts) {
      const rows = texts.map((text) => tokenizer.encode(text).slice(0, textTokens)), T = textTokens ?? Math.max(...rows.map((row) => row.length));
      const ids = new Int32Array(rows.length * T).fill(config.pad_token_id), mask = new Int32Array(rows.length * T);
      rows.forEach((row, b) => {
        ids.set(row, b * T);
        // A fixed length is what the released FLUX sees: it attends to the padding's states, which T5 computes unmasked.
        mask.fill(1, b * T, b * T + (textTokens ?? row.length));
      });
      const { last: states } = await program.run({ ids: ints([rows.length, T], ids), mask: ints([rows.length, T], mask) });
      return rows.map((row, b) => {
        const length = textTokens ?? row.length;
        return floats([length, D], (states.data as Float32Array).slice(b * T * D, (b * T + length) * D));
      });
    },
    release: () => program.release(),
  };
}

export interface DecoderTexts {
  /** What T5's decoder writes greedily from aligned features [T, D], one text each; "" where there are none. */
  write(aligned: readonly Tensor[]): Promise<string[]>;
  release(): Promise<void>;
}

/** T5's decoder as a reader of aligned features. */
export async function decoderTexts(executor: Executor, { config, tokenizer, weights }: OpenedT5, profile: Profile): Promise<DecoderTexts> {
  const generator: T5Generator = await t5Generator(executor, config, weights);
  return {
    async write(aligned) {
      if (aligned.every(({ shape }) => shape[0] === 0)) return aligned.map(() => "");
      const { features, mask } = padRows(aligned), { sequences } = await generator.generate(features, mask, { maxNewTokens: profile.decoderTokens });
      return sequences.map((ids, i) => (aligned[i]!.shape[0] === 0 ? "" : tokenizer.decode([...ids], { skipSpecial: true })));
    },
    release: () => generator.release(),
  };
}
