/** A finished run's pictures and texts in CoBSAT's own result layout. */
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import { officialPrompts, type PromptSplit } from "../cobsat/prompts.ts";
import { writeImageResult, writeTextResult, type ResultSet } from "../cobsat/results.ts";
import { posePrompt, taskOf } from "../cobsat/tasks.ts";
import { sha256 } from "../files/sha256.ts";
import { UserError } from "../files/userError.ts";
import { decodeImage } from "../images/image.ts";
import { goOn } from "./benchCobsat/session.ts";
import { isFolderArm } from "./judgeFolder.ts";
import { imageFile } from "./runs/images.ts";
import { remainingSamples, sampleId } from "./runs/plan.ts";
import { requireRecord } from "./runs/record.ts";
import { readSamples, type Sample } from "./runs/samples.ts";

/** What was written of one model: its pictures or texts, and the samples that have none. */
export interface ExportedSet {
  readonly model: string;
  readonly mode: ResultSet["mode"];
  readonly written: number;
  readonly without: number;
}

/** The rungs whose output is their text. */
const writing = ["lvlm-text", "decoder-text"];

/** The name of a sample's arm as a model; where it was trained with several seeds, each is one. */
const modelOf = ({ id, arm, shots, task, prompt, seed }: Sample): string => (id === sampleId(arm, shots, task, prompt) ? arm : `${arm}-seed${seed}`);

/** The picture that a sample names; a UserError where its file is gone or holds other bytes. */
async function pictureOf(folder: string, { id }: Sample, hash: string): ReturnType<typeof decodeImage> {
  const file = imageFile(folder, hash);
  if (!existsSync(file)) throw new UserError(`${file}: missing, the picture of ${id}; restore it (npm run verify -- ${folder} names every such file)`);
  const bytes = readFileSync(file);
  if (sha256(bytes) !== hash) throw new UserError(`${file}: its bytes do not have the sha256 of its name, the picture of ${id}; restore it (npm run verify -- ${folder} names every such file)`);
  return decodeImage(bytes, { name: file });
}

/**
 * Writes the pictures of a run's arms (JPEG) and the texts of its text rungs under a new results root, each arm as a model, and tells how many of each; a sample without a picture has no file.
 * The root appears whole or not at all; a UserError names what is missing. Pictures that were judged from such a layout are left out.
 */
export async function exportResults(folder: string, out: string, { signal }: { readonly signal?: AbortSignal | undefined } = {}): Promise<ExportedSet[]> {
  const { identity, plan } = requireRecord(folder);
  if (identity.kind === "compose") throw new UserError(`${folder}: a run of compositions, which CoBSAT's layout has no place for; expected one of bench:cobsat or ablate`);
  if (existsSync(out)) throw new UserError(`${out} exists; give --out a new folder`);
  const own = plan.filter(({ arm }) => !isFolderArm(arm)), all = readSamples(folder), missing = remainingSamples(own, all), samples = [...all.values()].filter(({ arm }) => !isFolderArm(arm));
  if (missing.length > 0) throw new UserError(`${folder}: unfinished, ${missing.length} samples are missing, first ${missing[0]!.id}; the command that began it goes on with it`);
  if (samples.length === 0) throw new UserError(`${folder}: no arm of its own to export`);
  const prompts = officialPrompts((identity.settings["promptSplit"] as PromptSplit | undefined) ?? "default"), sets = new Map<string, ExportedSet>(), unfinished = `${out}.${process.pid}.tmp`;
  try {
    mkdirSync(unfinished, { recursive: true });
    for (const sample of samples) {
      goOn({ signal });
      const model = modelOf(sample), mode = writing.includes(sample.arm) ? "text" : "image", set = { model, mode, promptType: "default" } as const, posed = posePrompt(taskOf(sample.task), sample.shots, sample.prompt, prompts);
      if (mode === "text" && sample.text !== undefined) writeTextResult(unfinished, set, posed, sample.text);
      if (mode === "image" && sample.image !== undefined) await writeImageResult(unfinished, set, posed, await pictureOf(folder, sample, sample.image));
      const { written, without } = sets.get(model) ?? { written: 0, without: 0 }, has = sample[mode] !== undefined;
      sets.set(model, { model, mode, written: written + Number(has), without: without + Number(!has) });
    }
    renameSync(unfinished, out);
  } finally {
    rmSync(unfinished, { recursive: true, force: true });
  }
  return [...sets.values()];
}
