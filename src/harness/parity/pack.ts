import { join } from "node:path";
import { z } from "zod";
import { readJson, readJsonAs } from "../../files/json.ts";
import { floats, ints, type Tensor } from "../../graph/tensor.ts";
import { openSafetensors, readTensor, type SafetensorsFile } from "../../weights/safetensors.ts";
import { toFloat32 } from "../../weights/dtype.ts";

const caseSchema = z.object({
  name: z.string(), kind: z.string(), procedure: z.string().optional(),
  inputs: z.array(z.string()).default([]), outputs: z.array(z.string()).default([]),
  settings: z.record(z.string(), z.unknown()).default({}), tolerance: z.number().default(0),
});

const packSchema = z.object({ format: z.literal(1), architecture: z.string(), source: z.string(), cases: z.array(caseSchema) });

export type PackCase = z.output<typeof caseSchema>;

/** A reference pack: its cases and their recorded tensors (integers as int32). */
export interface Pack {
  readonly folder: string;
  readonly architecture: string;
  readonly cases: readonly PackCase[];
  /** The tensor of a full name, e.g. "forward.in.input_ids". Throws when the pack has none. */
  tensor(name: string): Tensor;
  has(name: string): boolean;
  json(file: string): unknown;
}

function load(file: SafetensorsFile, name: string): Tensor {
  const { dtype, shape, data } = readTensor(file, name);
  if (dtype === "I64" || dtype === "I32") return ints(shape, Int32Array.from(data as Iterable<number | bigint>, Number));
  return floats(shape, toFloat32(dtype, data));
}

/** Opens a pack folder (pack.json beside tensors.safetensors; facts packs have no tensors). */
export function openPack(folder: string): Pack {
  const json = (file: string): unknown => readJson(join(folder, file));
  const { architecture, cases } = readJsonAs(join(folder, "pack.json"), (value) => packSchema.parse(value));
  let tensors: SafetensorsFile | undefined;
  const open = () => (tensors ??= openSafetensors(join(folder, "tensors.safetensors")));
  return { folder, architecture, cases, json, tensor: (name) => load(open(), name), has: (name) => open().tensors.has(name) };
}
