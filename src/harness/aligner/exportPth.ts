/** A trained aligner in the layout of the authors' checkpoints, for their code to load. */
import { existsSync, statSync } from "node:fs";
import { UserError } from "../../files/userError.ts";
import { openCheckpoint, readCheckpointTensor } from "../../weights/checkpoint.ts";
import { writePth, type Plain } from "../../weights/pthWriter.ts";
import { readAlignerRecord } from "./record.ts";

/**
 * Writes an aligner (its folder, or a file of its tensors) as {model, optimizer, config, scaler, epoch}. No optimizer state is kept: "optimizer" is
 * empty, "scaler" none, "epoch" 0; "config" says how it was made. Returns the names written; a UserError where the tensors are no aligner's.
 */
export function exportPth(aligner: string, out: string): string[] {
  const checkpoint = openCheckpoint(aligner), names = [...checkpoint.tensors.keys()].sort(), record = existsSync(aligner) && statSync(aligner).isDirectory() ? readAlignerRecord(aligner) : undefined;
  const strange = names.find((name) => !/^mm_projector\.\d+\.(weight|bias)$/.test(name));
  if (strange !== undefined || names.length === 0) throw new UserError(`${aligner}: ${strange === undefined ? "holds no tensors" : `holds ${strange}`}; expected an aligner's, mm_projector.0.weight and so on`);
  const made: Plain = record ? { identity: record.identity, arm: record.arm, steps: record.steps, experiment: record.made.experiment as Plain } : {};
  writePth(out, new Map(names.map((name) => [name, readCheckpointTensor(checkpoint, name)])), {
    optimizer: {}, config: { model: { arch: "aligner", mm_projector_type: names.includes("mm_projector.3.weight") ? "mlp2x_gelu_t5_norm" : "mlp2x_gelu" }, made }, scaler: null, epoch: 0,
  });
  return names;
}
