/** What the LVLM wrote for a block of prompts, with the features that produced it; one file a block in the run folder. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { UserError } from "../../files/userError.ts";
import { floats, type Tensor } from "../../graph/tensor.ts";
import { openSafetensors, readTensor, readTensorAsFloat32, writeSafetensors } from "../../weights/safetensors.ts";
import { stringList } from "../stringList.ts";
import type { PromptBlock } from "./blocks.ts";

/** One prompt's answer: its text as the LVLM's tokenizer decodes it, and the features [n, D] of its n tokens. */
export interface Written {
  readonly text: string;
  readonly features: Tensor;
  /** Its tokens; left out by files that were written before these were kept. */
  readonly ids?: Int32Array;
  /** What the sample's share of the generation took. */
  readonly seconds: number;
}

const fileOf = (folder: string, { shots, task, first }: PromptBlock): string => join(folder, "features", `${shots}-${task}-${first}.safetensors`);

/** Whether a run folder holds a block's answers. */
export const hasWritten = (folder: string, block: PromptBlock): boolean => existsSync(fileOf(folder, block));

/** Keeps a block's answers, in the order of its prompts. */
export function saveWritten(folder: string, block: PromptBlock, written: readonly Written[]): void {
  const width = written[0]!.features.shape[1]!, all = new Float32Array(written.reduce((sum, { features }) => sum + features.data.length, 0));
  let at = 0;
  for (const { features } of written) {
    all.set(features.data, at);
    at += features.data.length;
  }
  writeSafetensors(fileOf(folder, block), new Map([
    ["features", { dtype: "F32" as const, shape: [all.length / width, width], data: all }],
    ["lengths", { dtype: "I32" as const, shape: [written.length], data: Int32Array.from(written, ({ features }) => features.shape[0]!) }],
    ...(written.every(({ ids }) => ids) ? [["ids", { dtype: "I32" as const, shape: [all.length / width], data: Int32Array.from(written.flatMap(({ ids }) => Array.from(ids!))) }] as const] : []),
    ["seconds", { dtype: "F32" as const, shape: [written.length], data: Float32Array.from(written, ({ seconds }) => seconds) }],
  ]), { texts: JSON.stringify(written.map(({ text }) => text)) });
}

/** The width of a block's features. */
export const writtenWidth = (folder: string, block: PromptBlock): number => openSafetensors(fileOf(folder, block)).tensors.get("features")!.shape[1]!;

/** The tokens of a block's answers; a UserError where its file was written before they were kept. */
export function answerIds(folder: string, block: PromptBlock, written: readonly Written[]): Int32Array[] {
  return written.map(({ ids }) => {
    if (!ids) throw new UserError(`${fileOf(folder, block)}: holds no token ids, which an arm that reads another layer needs; remove it, and the answers are made again`);
    return ids;
  });
}

/** A block's answers; a UserError naming the file where it is damaged. */
export function readWritten(folder: string, block: PromptBlock): Written[] {
  const path = fileOf(folder, block), file = openSafetensors(path);
  const all = readTensorAsFloat32(file, "features"), lengths = readTensor(file, "lengths").data as Int32Array, seconds = readTensorAsFloat32(file, "seconds"), width = file.tensors.get("features")!.shape[1]!;
  const ids = file.tensors.has("ids") ? readTensor(file, "ids").data as Int32Array : undefined;
  const texts = stringList(file.metadata["texts"]), n = block.prompts.length;
  if (texts?.length !== n || lengths.length !== n || seconds.length !== n || lengths.some((length) => length < 0) || lengths.reduce((sum, length) => sum + length, 0) * width !== all.length) throw new UserError(`${path}: not the answers of ${n} prompts; remove it, and they are made again`);
  let at = 0;
  return texts.map((text, i) => {
    const start = at;
    at += lengths[i]! * width;
    return { text, features: floats([lengths[i]!, width], all.slice(start, at)), ...(ids ? { ids: ids.slice(start / width, at / width) } : {}), seconds: seconds[i]! };
  });
}
