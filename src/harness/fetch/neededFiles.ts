/** Which of a repository's files a published model is loaded from. */
import { posix } from "node:path";
import { UserError } from "../../files/userError.ts";
import { readIndex, usualWeights } from "../../weights/checkpoint.ts";
import type { HubFile, Listing } from "../../weights/hub/hub.ts";
import type { PublishedModel } from "../profiles/paperModels.ts";

const tokenizerFiles = ["tokenizer.json", "tokenizer_config.json", "vocab.json", "merges.txt", "special_tokens_map.json", "added_tokens.json", "chat_template.json", "chat_template.jinja"];

/** The files but the shards of weights: configurations, tokenizer, and the weights' one file or index; a UserError names what the repository lacks. */
export function directFiles({ folder, files, optional = [], tokenizer, weights }: PublishedModel, { repo, revision, files: listed }: Listing): { readonly files: readonly HubFile[]; readonly index?: HubFile } {
  const byPath = new Map(listed.map((file) => [file.path, file])), need = (path: string): HubFile => {
    const file = byPath.get(path);
    if (file === undefined) throw new UserError(`${repo}: revision ${revision} has no ${path}; expected the layout it was published in`);
    return file;
  };
  const has = (paths: readonly string[]): HubFile[] => paths.flatMap((path) => byPath.get(path) ?? []), inside = (name: string): string => posix.join(folder, name);
  const texts = tokenizer === undefined ? [] : has(tokenizerFiles.map((name) => posix.join(tokenizer, name))), names = texts.map(({ path }) => posix.basename(path));
  if (tokenizer !== undefined && !names.includes("tokenizer.json") && !(names.includes("vocab.json") && names.includes("merges.txt"))) {
    throw new UserError(`${repo}: revision ${revision} has neither ${posix.join(tokenizer, "tokenizer.json")} nor vocab.json with merges.txt beside it; this project reads no other tokenizer files`);
  }
  const direct = [...files.map((name) => need(inside(name))), ...has(optional.map(inside)), ...texts];
  if (weights === undefined) return { files: direct };
  const own = listed.filter(({ path }) => posix.dirname(path) === (folder || ".")).map(({ path }) => posix.basename(path)), usual = usualWeights(own);
  if (usual === undefined) throw new UserError(`${repo}: revision ${revision} has no weights ${folder && `in ${folder} `}under the usual names (model.safetensors, diffusion_pytorch_model.safetensors, pytorch_model.bin, or their indices)`);
  const file = need(inside(usual));
  return usual.endsWith(".json") ? { files: direct, index: file } : { files: [...direct, file] };
}

/** The shards that an index (downloaded to `path`) names for the model's part. */
export function shardFiles({ folder, weights }: PublishedModel, { repo, files }: Listing, path: string): HubFile[] {
  const part = weights?.part ?? "", shards = new Set([...readIndex(path)].filter(([name]) => name.startsWith(part)).map(([, shard]) => posix.join(folder, shard)));
  const found = files.filter((file) => shards.has(file.path));
  if (found.length < shards.size || found.length === 0) throw new UserError(`${repo}: its index names ${shards.size} files for ${part || "the model"}, of which the repository has ${found.length}`);
  return found;
}
