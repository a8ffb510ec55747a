/** What 16-bit weights cost: a reference pack compared once more with its weights rounded. They are widened where they are used, so sums and activations stay in 32 bits. */
import { cpSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import type { Executor } from "../../graph/executor.ts";
import { openSafetensors, readTensor, writeSafetensors } from "../../weights/safetensors.ts";
import { checkPack } from "./checkPack.ts";

export type WeightType = "F32" | "BF16" | "F16";

export interface PrecisionRow {
  readonly pack: string;
  readonly weights: WeightType;
  /** Outputs of floats that were compared, and the largest error among them by the packs' rule, with its name. */
  readonly outputs: number;
  readonly error: number;
  readonly worst: string;
  /** Outputs of integers (greedy tokens, positions), and how many are not the same. */
  readonly integers: number;
  readonly differing: number;
}

/** Files that are no weights: recorded tensors, and the aligner that a training pack begins with, which is trained in 32 bits. */
const kept = ["tensors.safetensors", "aligner.safetensors"];

/** Rounds every F32 tensor of a file. */
function roundFile(path: string, dtype: WeightType): void {
  const file = openSafetensors(path), tensors = new Map([...file.tensors.keys()].map((name) => [name, readTensor(file, name)]));
  writeSafetensors(path, new Map([...tensors].map(([name, tensor]) => [name, tensor.dtype === "F32" ? { ...tensor, dtype } : tensor])), file.metadata);
}

/** Compares our implementation with a pack, its weights stored in a type. */
export async function measurePrecision(pack: string, weights: WeightType, executor: Executor): Promise<PrecisionRow> {
  const folder = mkdtempSync(join(tmpdir(), "precision-"));
  try {
    cpSync(pack, folder, { recursive: true });
    for (const name of readdirSync(folder, { recursive: true }) as string[]) if (name.endsWith(".safetensors") && !kept.includes(basename(name)) && weights !== "F32") roundFile(join(folder, name), weights);
    const rows = await checkPack(folder, executor), floats = rows.filter(({ tolerance }) => tolerance > 0), integers = rows.filter(({ tolerance }) => tolerance === 0), worst = floats.toSorted((a, b) => b.error - a.error)[0];
    return { pack: basename(pack), weights, outputs: floats.length, error: worst?.error ?? 0, worst: worst?.name ?? "", integers: integers.length, differing: integers.filter(({ ok }) => !ok).length };
  } finally {
    rmSync(folder, { recursive: true });
  }
}
