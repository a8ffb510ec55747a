/** The lines of diagnostics.jsonl: how one trained aligner's features compare with the states of the T5 encoder that FLUX reads. */
import { join } from "node:path";
import { z } from "zod";
import { readJsonLines } from "../../files/jsonLines.ts";
import { parseRecord } from "./samples.ts";

export const diagnosticsFile = (folder: string): string => join(folder, "diagnostics.jsonl");

/** The quantiles that a spread holds. */
export const spreadQuantiles = [0.05, 0.25, 0.5, 0.75, 0.95] as const;

const spread = z.tuple([z.number(), z.number(), z.number(), z.number(), z.number()]), dimensions = z.strictObject({ mean: z.array(z.number()), deviation: z.array(z.number()) });

export const diagnosticsSchema = z.strictObject({
  arm: z.string().min(1),
  seed: z.int(),
  /** Held-out texts, and the features and states of them. */
  texts: z.int(),
  features: z.int(),
  states: z.int(),
  /** Euclidean norms of single positions. */
  norm: z.strictObject({ aligned: spread, states: spread }),
  /** By dimension of T5's width, over positions. */
  dimensions: z.strictObject({ aligned: dimensions, states: dimensions }),
  /** Of each feature with the state that stands for its token, and with that of a token of another text; null where features stand for no token of the text. */
  cosine: z.strictObject({ own: spread, other: spread }).nullable(),
  /** Distances in units of the states' root mean square norm: from each feature to the nearest state, and from each state to the nearest one of another text. */
  nearest: z.strictObject({ aligned: spread, states: spread }),
  /** How often the nearest state stands for the feature's own token; null where features stand for none. */
  nearestToken: z.number().nullable(),
  /** Entropy of the decoder's cross-attention in nats, by block: over aligned features, over its own encoder's states of the same text; and what reading all positions alike would give. */
  entropy: z.strictObject({ aligned: z.array(z.number()), states: z.array(z.number()), uniform: z.strictObject({ aligned: z.number(), states: z.number() }) }),
});

export type DiagnosticsLine = z.infer<typeof diagnosticsSchema>;
export type Spread = DiagnosticsLine["norm"]["aligned"];

/** A run folder's diagnostics by arm and seed, the last line of each; none where there is no such file. */
export function readDiagnostics(folder: string): DiagnosticsLine[] {
  const lines = new Map(readJsonLines(diagnosticsFile(folder), (value, place) => parseRecord(diagnosticsSchema, value, place)).map((line) => [JSON.stringify([line.arm, line.seed]), line]));
  return [...lines.values()].sort((a, b) => (a.arm < b.arm ? -1 : a.arm > b.arm ? 1 : a.seed - b.seed));
}
