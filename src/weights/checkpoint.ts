/** A checkpoint as published: one .safetensors file, or a Hugging Face folder of one or several. */
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { UserError } from "../files/userError.ts";
import { openSafetensors, readTensor, type LoadedTensor, type SafetensorsFile, type TensorEntry } from "./safetensors.ts";
import { toFloat32 } from "./dtype.ts";

/** A tensor with the .safetensors file it lies in. */
export interface CheckpointTensor extends TensorEntry { readonly file: string }

export interface Checkpoint {
  readonly path: string;
  /** Every file opened, in name order: what a result's identity covers. */
  readonly files: readonly SafetensorsFile[];
  readonly tensors: ReadonlyMap<string, CheckpointTensor>;
}

const STEMS = ["model", "diffusion_pytorch_model"];

/** The weight map of a sharded checkpoint's index: tensor name to shard file name, within the index's folder. */
function readIndex(path: string): Map<string, string> {
  let index: unknown;
  try {
    index = JSON.parse(readFileSync(path, "utf8"));
  } catch (error) {
    throw new UserError(`${path}: is not valid JSON (${(error as Error).message})`, 1, { cause: error });
  }
  const map = (index as { weight_map?: unknown } | null)?.weight_map;
  if (typeof map !== "object" || map === null || Array.isArray(map)) throw new UserError(`${path}: expected an object "weight_map"`);
  return new Map(Object.entries(map).map(([name, shard]: [string, unknown]) => {
    if (typeof shard !== "string" || shard !== basename(shard) || shard.includes("\\")) {
      throw new UserError(`${path}: tensor ${name}: shard ${JSON.stringify(shard)} is not a file name in the same folder`);
    }
    return [name, shard];
  }));
}

function openSharded(path: string, indexPath: string): Checkpoint {
  const weightMap = readIndex(indexPath);
  const folder = dirname(indexPath);
  const shards = [...new Set(weightMap.values())].sort();
  const missing = shards.filter((shard) => !existsSync(join(folder, shard)));
  if (missing.length > 0) throw new UserError(`${indexPath}: ${missing.length} of ${shards.length} shards missing: ${missing.join(", ")}; download them`);
  const opened = new Map(shards.map((shard) => [shard, openSafetensors(join(folder, shard))]));
  const tensors = new Map<string, CheckpointTensor>();
  for (const [name, shard] of weightMap) {
    const file = opened.get(shard)!, entry = file.tensors.get(name);
    if (entry === undefined) throw new UserError(`${file.path}: holds no tensor ${name}, which ${basename(indexPath)} places there`);
    tensors.set(name, { file: file.path, ...entry });
  }
  // Tensors the index leaves out are kept: comparing with a model's manifest tells whether they belong.
  for (const [shard, file] of opened) {
    for (const [name, entry] of file.tensors) {
      if ((weightMap.get(name) ?? shard) !== shard) throw new UserError(`${file.path}: tensor ${name} lies here too, but ${basename(indexPath)} places it in ${weightMap.get(name)}`);
      const known = tensors.get(name);
      if (known !== undefined && known.file !== file.path) throw new UserError(`${file.path}: tensor ${name} lies in ${basename(known.file)} too`);
      tensors.set(name, { file: file.path, ...entry });
    }
  }
  return { path, files: [...opened.values()], tensors };
}

function openSingle(path: string, filePath: string): Checkpoint {
  const file = openSafetensors(filePath);
  return { path, files: [file], tensors: new Map([...file.tensors].map(([name, entry]) => [name, { file: filePath, ...entry }])) };
}

/** The one file or index of a folder: the libraries' usual names first, else the only .safetensors file or index there. */
function findInFolder(folder: string): string {
  const names = readdirSync(folder).sort();
  const usual = STEMS.flatMap((stem) => [`${stem}.safetensors.index.json`, `${stem}.safetensors`]).find((name) => names.includes(name));
  if (usual !== undefined) return join(folder, usual);
  for (const suffix of [".safetensors.index.json", ".safetensors"]) {
    const found = names.filter((name) => name.endsWith(suffix));
    if (found.length > 1) throw new UserError(`${folder}: several ${suffix} files (${found.join(", ")}); name one`);
    if (found.length === 1) return join(folder, found[0]!);
  }
  const pickled = names.filter((name) => /\.(bin|pth|pt)$/.test(name));
  const hint = pickled.length > 0 ? `found ${pickled.join(", ")}; convert it to safetensors` : "expected model.safetensors, diffusion_pytorch_model.safetensors or an index of shards";
  throw new UserError(`${folder}: no .safetensors file; ${hint}`);
}

/** Opens a .safetensors file, an index of shards, or a folder of either; reads headers only, and any fault is a UserError of one line. */
export function openCheckpoint(path: string): Checkpoint {
  if (!existsSync(path)) throw new UserError(`${path}: no such file or folder`);
  const found = statSync(path).isDirectory() ? findInFolder(path) : path;
  return found.endsWith(".json") ? openSharded(path, found) : openSingle(path, found);
}

/** One tensor of a checkpoint in its stored dtype; an unknown name is a UserError. */
export function readCheckpointTensor(checkpoint: Checkpoint, name: string): LoadedTensor {
  const file = checkpoint.files.find((f) => f.path === checkpoint.tensors.get(name)?.file);
  if (file === undefined) throw new UserError(`${checkpoint.path}: holds no tensor ${name}`);
  return readTensor(file, name);
}

/** One tensor of a checkpoint as float32, row-major. */
export function readCheckpointTensorAsFloat32(checkpoint: Checkpoint, name: string): Float32Array {
  const { dtype, data } = readCheckpointTensor(checkpoint, name);
  return toFloat32(dtype, data);
}
