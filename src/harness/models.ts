/** The frozen models an aligner stands between, opened from folders in Hugging Face layout, with the hashes of every byte that decides what they do. */
import { existsSync } from "node:fs";
import { join, relative } from "node:path";
import { readJsonAs } from "../files/json.ts";
import { sha256FileOnce } from "../files/sha256.ts";
import { UserError } from "../files/userError.ts";
import type { Weights } from "../graph/executor.ts";
import type { Qwen2VLPreprocessConfig } from "../images/qwen2vlPreprocess.ts";
import { parseQwen2VLPreprocess } from "../images/qwen2vlPreprocessConfig.ts";
import { evaVitPart, parseEvaVitConfig, type EvaVitConfig } from "../models/evaVit/config.ts";
import { parseQwen2VLConfig, type Qwen2VLConfig } from "../models/qwen2vl/config.ts";
import { parseT5Config, type T5Config } from "../models/t5/config.ts";
import { loadTokenizer, readJsonObject, type TextTokenizer } from "../text/tokenizer.ts";
import { openCheckpoint, type Checkpoint } from "../weights/checkpoint.ts";

/** Folders of the frozen models that aligners are trained with. */
export interface ProfileFolders { readonly lvlm: string; readonly t5: string; readonly vision: string; readonly flux: string; readonly vae: string; readonly clip: string }

interface OpenedFiles<Config> {
  readonly folder: string;
  readonly config: Config;
  readonly checkpoint: Checkpoint;
  readonly weights: Weights;
  /** SHA-256 by file name within the folder. */
  readonly hashes: Readonly<Record<string, string>>;
}

interface OpenedModel<Config> extends OpenedFiles<Config> { readonly tokenizer: TextTokenizer }

/** BLIP-2's vision tower. */
export type OpenedVision = OpenedFiles<EvaVitConfig>;

export type OpenedT5 = OpenedModel<T5Config>;

export interface OpenedLvlm extends OpenedModel<Qwen2VLConfig> {
  readonly preprocess: Qwen2VLPreprocessConfig;
  /** Tokens that end an answer. */
  readonly endIds: readonly number[];
}

/** The small files of a model's folder that decide what it does. */
export const decidingFiles: readonly string[] = ["config.json", "generation_config.json", "preprocessor_config.json", "tokenizer.json", "tokenizer_config.json", "vocab.json", "merges.txt", "chat_template.json", "chat_template.jinja"];

function openFiles<Config>(folder: string, parse: (json: unknown) => Config, part?: string): OpenedFiles<Config> {
  const config = readJsonAs(join(folder, "config.json"), parse), checkpoint = openCheckpoint(folder, part);
  const files = [...decidingFiles.map((name) => join(folder, name)).filter((path) => existsSync(path)), ...checkpoint.files.map(({ path }) => path)];
  const hashes = Object.fromEntries(files.map((path) => [relative(folder, path), sha256FileOnce(path)]));
  return { folder, config, checkpoint, weights: (name) => checkpoint.tensors.get(name), hashes };
}

const openModel = <Config>(folder: string, parse: (json: unknown) => Config, tokenizer = folder): OpenedModel<Config> => ({ ...openFiles(folder, parse), tokenizer: loadTokenizer(tokenizer) });

/** Opens BLIP-2's vision tower, whose shards alone need be there; a UserError names the file that is missing or unfit. */
export const openVision = (folder: string): OpenedVision => openFiles(folder, parseEvaVitConfig, evaVitPart);

/** Opens a T5 encoder-decoder; a UserError names the file that is missing or unfit. */
export const openT5 = (folder: string, tokenizer?: string): OpenedT5 => openModel(folder, parseT5Config, tokenizer);

/** The end ids of generation_config.json, which Qwen2-VL lists there, or the configuration's own. */
function endIdsOf(folder: string, config: Qwen2VLConfig): number[] {
  const path = join(folder, "generation_config.json");
  const ids = existsSync(path) ? readJsonObject(path)["eos_token_id"] : undefined;
  const list = ids === undefined ? [config.eos_token_id] : [ids].flat();
  if (!list.every((id): id is number => Number.isInteger(id))) throw new UserError(`${path}: eos_token_id must be a token id or a list of them, found ${JSON.stringify(ids)}`);
  return list;
}

/** Opens a Qwen2-VL; a UserError names the file that is missing or unfit. */
export function openLvlm(folder: string): OpenedLvlm {
  const opened = openModel(folder, parseQwen2VLConfig), path = join(folder, "preprocessor_config.json");
  return { ...opened, preprocess: parseQwen2VLPreprocess(readJsonObject(path), path), endIds: endIdsOf(folder, opened.config) };
}
