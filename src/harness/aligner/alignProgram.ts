import { z } from "zod";
import type { Executor } from "../../graph/executor.ts";
import { floats, type Tensor } from "../../graph/tensor.ts";
import { align } from "../../models/aligner/aligner.ts";
import { WeightScope } from "../../models/weights.ts";
import { input, mul } from "../../ops/index.ts";
import { UserError } from "../../files/userError.ts";
import { openSafetensors } from "../../weights/safetensors.ts";
import { alignerFile, readAlignerRecord, recordFile } from "./record.ts";

/** A trained aligner for inference. */
export interface AlignProgram {
  /** Aligned features [n, D] of each sample's features [n, d_in], n of any size; nothing is padded. They are in FLUX's own units: where T5's norm was rescaled in training they are divided by its scale, as FLUX's linear text input would be. */
  align(samples: readonly Float32Array[]): Promise<Tensor[]>;
  release(): Promise<void>;
}

/** Compiles the aligner of a folder that `trainAligner` wrote; a UserError where there is none. */
export async function alignProgram(executor: Executor, folder: string): Promise<AlignProgram> {
  const record = readAlignerRecord(folder);
  if (!record) throw new UserError(`${recordFile(folder)}: no such file; expected the folder of a trained aligner`);
  const { inputWidth, width } = record.aligner, file = openSafetensors(alignerFile(folder));
  const scale = z.number().default(1).parse(record.made.experiment["normScale"]), own = align(new WeightScope(), record.aligner, input("features", ["N", inputWidth])), aligned = scale === 1 ? own : mul(own, 1 / scale);
  const program = await executor.compile({ aligned }, (name) => { const entry = file.tensors.get(name); return entry && { file: file.path, ...entry }; });
  return {
    async align(samples) {
      const odd = samples.findIndex(({ length }) => length % inputWidth !== 0);
      if (odd >= 0) throw new Error(`sample ${odd + 1}: ${samples[odd]!.length} numbers are no features of width ${inputWidth}`);
      const tokens = samples.reduce((sum, { length }) => sum + length, 0) / inputWidth;
      if (tokens === 0) return samples.map(() => floats([0, width], []));
      // Every position is aligned on its own: the samples lie one after the other.
      const joined = new Float32Array(tokens * inputWidth);
      let at = 0;
      for (const sample of samples) { joined.set(sample, at); at += sample.length; }
      const { aligned: all } = await program.run({ features: floats([tokens, inputWidth], joined) });
      let row = 0;
      return samples.map(({ length }) => {
        const n = length / inputWidth, from = row;
        row += n;
        return floats([n, width], (all.data as Float32Array).slice(from * width, row * width));
      });
    },
    release: () => program.release(),
  };
}
