import { existsSync } from "node:fs";
import { floats, type Tensor } from "../../graph/tensor.ts";
import type { TrainingState } from "../../training/trainer.ts";
import { openSafetensors, readTensorAsFloat32, writeSafetensors } from "../../weights/safetensors.ts";

/** Writes tensors as F32 with the step they belong to. */
export function writeTensors(path: string, tensors: ReadonlyMap<string, Tensor>, metadata: Readonly<Record<string, string>>): void {
  writeSafetensors(path, new Map([...tensors].map(([name, { shape, data }]) => [name, { dtype: "F32" as const, shape, data: data as Float32Array }])), metadata);
}

/** Writes weights, moments and step of an unfinished training. */
export const writeCheckpoint = (path: string, state: TrainingState, step: number): void => writeTensors(path, state, { step: `${step}` });

/** An unfinished training as `writeCheckpoint` left it; undefined where there is none. */
export function readCheckpoint(path: string): { readonly state: TrainingState; readonly step: number } | undefined {
  if (!existsSync(path)) return undefined;
  const file = openSafetensors(path);
  return { state: new Map([...file.tensors].map(([name, { shape }]) => [name, floats(shape, readTensorAsFloat32(file, name))])), step: Number(file.metadata["step"]) };
}
