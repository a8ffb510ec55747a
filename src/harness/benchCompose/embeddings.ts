/** embeddings.jsonl: CLIP's embedding of each picture of a run on own cases, inputs included, by the SHA-256 of its file. */
import { join } from "node:path";
import { z } from "zod";
import { appendLines, readJsonLines } from "../../files/jsonLines.ts";
import { sha256Schema } from "../runs/identity.ts";
import { parseRecord } from "../runs/samples.ts";

const lineSchema = z.strictObject({ image: sha256Schema, embedding: z.array(z.number()).min(1) });

const fileOf = (folder: string): string => join(folder, "embeddings.jsonl");

/** Embeddings by image; none where there is no such file. */
export function readEmbeddings(folder: string): Map<string, readonly number[]> {
  return new Map(readJsonLines(fileOf(folder), (line, place) => parseRecord(lineSchema, line, place)).map(({ image, embedding }) => [image, embedding]));
}

/** Keeps embeddings, to six digits. */
export const appendEmbeddings = (folder: string, embeddings: ReadonlyMap<string, Float32Array>): void =>
  appendLines(fileOf(folder), [...embeddings].map(([image, embedding]) => ({ image, embedding: Array.from(embedding, (x) => Number(x.toPrecision(6))) })));
