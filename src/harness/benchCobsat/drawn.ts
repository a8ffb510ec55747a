/** Pictures that are drawn but not judged, kept by a run that stopped after "generate": one line each in generated.jsonl. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { appendLines, readJsonLines } from "../../files/jsonLines.ts";
import { sha256Schema } from "../runs/identity.ts";
import { imageFile } from "../runs/images.ts";
import { parseRecord } from "../runs/samples.ts";

const drawnSchema = z.strictObject({ id: z.string(), image: sha256Schema, seconds: z.number() });

export type Drawn = z.infer<typeof drawnSchema>;

const fileOf = (folder: string): string => join(folder, "generated.jsonl");

/** The pictures that wait for the judge, by sample id; one whose file is gone is drawn again. */
export function readDrawn(folder: string): Map<string, Drawn> {
  const lines = readJsonLines(fileOf(folder), (line, place) => parseRecord(drawnSchema, line, place));
  return new Map(lines.filter(({ image }) => existsSync(imageFile(folder, image))).map((line) => [line.id, line]));
}

/** Keeps pictures for the judge. */
export const appendDrawn = (folder: string, drawn: readonly Drawn[]): void => appendLines(fileOf(folder), drawn);

/** The PNG bytes of a picture in a run folder. */
export const readDrawnPng = (folder: string, { image }: Drawn): Uint8Array => readFileSync(imageFile(folder, image));
