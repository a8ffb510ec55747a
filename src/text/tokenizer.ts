import { existsSync, statSync } from "node:fs";
import { join } from "node:path";
import { Tokenizer } from "@huggingface/tokenizers";
import { MAX_BYTES, readJson, readWhole, reasonOf } from "../files/json.ts";
import { UserError } from "../files/userError.ts";
import { bounded } from "./bounded.ts";
import { clipPattern, clipTokenizerJson } from "./clipLayout.ts";
import { tryJson, tryTokenizer } from "./confined.ts";

/** Far above any published vocabulary. */
const MAX_VOCABULARY = 2 ** 22;

/** Splitting by CLIP's, Qwen2's and T5's published patterns ends soon on any text; another pattern may be made not to. */
const knownPatterns = new Set([clipPattern, "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+", "\\s+", " {2,}"]);

/** A tokenizer read from a folder in Hugging Face layout. */
export interface TextTokenizer {
  /** Token ids of a text; `special` (default true) adds what the model expects around it, such as </s>. */
  encode(text: string, options?: { special?: boolean }): number[];
  /** The pieces `encode` finds, as written in the text where the vocabulary lacks them. */
  pieces(text: string, options?: { special?: boolean }): string[];
  /** The text of token ids; `skipSpecial` (default false) leaves special tokens out. */
  decode(ids: readonly number[], options?: { skipSpecial?: boolean }): string;
  /** The id of one token; throws where the vocabulary lacks it. */
  id(token: string): number;
  /** Tokens by id, added ones included; an unused id is an empty string. */
  readonly tokens: readonly string[];
  /** Highest id plus one; a model's embedding may have more rows. */
  readonly vocabSize: number;
  readonly padId: number | undefined;
  readonly eosId: number | undefined;
  readonly bosId: number | undefined;
  readonly unkId: number | undefined;
  /** The model's chat template (Jinja), where it has one. */
  readonly chatTemplate: string | undefined;
  /** Milliseconds that one use of a template, or of a pattern of the file's own, may take. */
  readonly limitMs: number;
  readonly folder: string;
}

/** Smaller JSON cannot fill memory: of its bytes, each takes some tens when parsed. */
const HARMLESS = 1 << 20;

/** Milliseconds that parsing a file, or making a tokenizer of it, may take. */
const LOADING = 60_000;

/** Reads a JSON object, a large one first where it may fill no more than so much memory; throws a UserError naming the file where it is missing or broken. */
export function readJsonObject(path: string, limitMs = LOADING): Record<string, unknown> {
  if (existsSync(path) && statSync(path).size > HARMLESS) tryJson(path, limitMs, readWhole(path).toString("utf8"));
  const value = readJson(path, undefined, MAX_BYTES);
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw new UserError(`${path}: expected a JSON object; fetch the file again`);
  return value as Record<string, unknown>;
}

/** tokenizer.json, or for CLIP (FLUX.1-dev ships no tokenizer.json for it) the same made of vocab.json and merges.txt. */
function readTokenizerJson(folder: string, config: Record<string, unknown>, limitMs: number): { json: Record<string, unknown>; path: string } {
  const path = join(folder, "tokenizer.json"), vocabPath = join(folder, "vocab.json"), mergesPath = join(folder, "merges.txt");
  if (existsSync(path) || config.tokenizer_class !== "CLIPTokenizer" || !existsSync(vocabPath) || !existsSync(mergesPath)) return { json: readJsonObject(path, limitMs), path };
  const merges = readWhole(mergesPath).toString("utf8").split("\n").filter(line => line !== "" && !line.startsWith("#version"));
  return { json: clipTokenizerJson(readJsonObject(vocabPath, limitMs) as Record<string, number>, merges) as Record<string, unknown>, path: vocabPath };
}

/** Throws a UserError where an id of the vocabulary or of an added token is none: tables are as long as the highest id. */
function checkIds(path: string, { model, added_tokens: added }: Record<string, unknown>): void {
  const { vocab } = (model ?? {}) as { vocab?: unknown }, ids = typeof vocab === "object" && vocab !== null && !Array.isArray(vocab) ? Object.entries(vocab) : [];
  const more = Array.isArray(added) ? added.map((token: { content?: unknown; id?: unknown } | null) => [token?.content, token?.id]) : [];
  for (const [token, id] of [...ids, ...more]) {
    if (!Number.isInteger(id) || (id as number) < 0 || (id as number) >= MAX_VOCABULARY) throw new UserError(`${path}: token ${JSON.stringify(token)} has id ${JSON.stringify(id)}, expected a whole number below ${MAX_VOCABULARY}; fetch the file again`);
  }
}

/** The regular expressions of a tokenizer's steps around its model. */
function patternsOf(json: Readonly<Record<string, unknown>>): string[] {
  const patterns: string[] = [], { model: _, added_tokens: __, ...steps } = json;
  JSON.stringify(steps, (key, value: unknown) => {
    if (key === "Regex" && typeof value === "string") patterns.push(value);
    return value;
  });
  return patterns;
}

function readChatTemplate(folder: string, config: Record<string, unknown>): string | undefined {
  if (typeof config.chat_template === "string") return config.chat_template;
  const json = join(folder, "chat_template.json"), jinja = join(folder, "chat_template.jinja");
  if (existsSync(json)) return readJsonObject(json).chat_template as string | undefined;
  return existsSync(jinja) ? readWhole(jinja).toString("utf8") : undefined;
}

/** Loads the tokenizer of a local folder (tokenizer.json, tokenizer_config.json); throws a UserError naming the file that is missing or broken. */
export function loadTokenizer(folder: string, { limitMs = 5000, loadLimitMs = LOADING }: { readonly limitMs?: number; readonly loadLimitMs?: number } = {}): TextTokenizer {
  const config = readJsonObject(join(folder, "tokenizer_config.json"));
  const { json, path } = readTokenizerJson(folder, config, loadLimitMs);
  checkIds(path, json);
  let tokenizer: Tokenizer;
  try {
    tryTokenizer(path, loadLimitMs, json, config);
    tokenizer = new Tokenizer(json, config);
  } catch (error) {
    if (error instanceof UserError) throw error;
    throw new UserError(`${path}: not a tokenizer that can be used (${reasonOf(error)}); fetch the file again`);
  }
  const vocabulary = tokenizer.get_vocab(true);
  let vocabSize = 0;
  for (const id of vocabulary.values()) vocabSize = Math.max(vocabSize, id + 1);
  const tokens = new Array<string>(vocabSize).fill("");
  for (const [token, id] of vocabulary) tokens[id] = token;
  const special = (name: string): number | undefined => {
    const token = config[name] as string | { content: string } | null | undefined;
    return token ? vocabulary.get(typeof token === "string" ? token : token.content) : undefined;
  };
  // Known patterns need no watch, which takes longer than a short text.
  const foreign = patternsOf(json).some((pattern) => !knownPatterns.has(pattern)), use = <T>(work: () => T): T => (foreign ? bounded(path, limitMs, work) : work());
  return {
    encode: (text, options = {}) => use(() => [...tokenizer.encode(text, { add_special_tokens: options.special ?? true }).ids]),
    pieces: (text, options = {}) => use(() => [...tokenizer.encode(text, { add_special_tokens: options.special ?? true }).tokens]),
    decode: (ids, options = {}) => (ids.length === 0 ? "" : use(() => tokenizer.decode([...ids], { skip_special_tokens: options.skipSpecial ?? false, clean_up_tokenization_spaces: false }))),
    id(token) {
      const id = vocabulary.get(token);
      if (id === undefined) throw new UserError(`${path}: no token "${token}"`);
      return id;
    },
    tokens, vocabSize, padId: special("pad_token"), eosId: special("eos_token"), bosId: special("bos_token"), unkId: special("unk_token"),
    chatTemplate: readChatTemplate(folder, config), limitMs, folder,
  };
}
