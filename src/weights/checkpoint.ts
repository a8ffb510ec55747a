/** A checkpoint as published: one .safetensors file or PyTorch file (.bin, .pth), or a Hugging Face folder of one or several. */
import { existsSync, readdirSync, statSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { readJson } from "../files/json.ts";
import { readExactly, withFile } from "../files/read.ts";
import { UserError } from "../files/userError.ts";
import { dtypeSize, toFloat32, viewAs } from "./dtype.ts";
import { isContiguous, openPth } from "./pth.ts";
import { openSafetensors, type LoadedTensor, type TensorEntry } from "./safetensors.ts";

/** A tensor with the file it lies in. */
export interface CheckpointTensor extends TensorEntry { readonly file: string }

/** One file of a checkpoint: where each of its tensors lies. */
export interface CheckpointFile { readonly path: string; readonly tensors: ReadonlyMap<string, TensorEntry> }

export interface Checkpoint {
  readonly path: string;
  /** Every file opened, in name order: what a result's identity covers. */
  readonly files: readonly CheckpointFile[];
  readonly tensors: ReadonlyMap<string, CheckpointTensor>;
}

const USUAL = ["model.safetensors", "diffusion_pytorch_model.safetensors", "pytorch_model.bin"].flatMap((name) => [`${name}.index.json`, name]);

/** The one of a folder's file names that its weights are loaded from, a file or an index of shards, by the libraries' usual names. */
export const usualWeights = (names: readonly string[]): string | undefined => USUAL.find((name) => names.includes(name));

const isPickled = (path: string): boolean => /\.(bin|pth|pt)$/.test(path);

/** A PyTorch file's tensors where they lie, so that they are used in place as those of safetensors are. */
function openPickled(path: string): CheckpointFile {
  return { path, tensors: new Map([...openPth(path).tensors].map(([name, tensor]) => {
    const { dtype, shape, start, storage } = tensor, size = dtypeSize(dtype);
    if (!isContiguous(tensor)) throw new UserError(`${path}: tensor ${name}: its strides [${tensor.strides.join(", ")}] are not those of shape [${shape.join(", ")}] in rows, which use in place needs; save it with .contiguous()`);
    return [name, { dtype, shape, offset: storage.offset + start * size, bytes: shape.reduce((product, n) => product * n, size) }];
  })) };
}

const openFile = (path: string): CheckpointFile => (isPickled(path) ? openPickled(path) : openSafetensors(path));

/** The weight map of a sharded checkpoint's index: tensor name to shard file name, within the index's folder. */
export function readIndex(path: string): Map<string, string> {
  const index = readJson(path);
  const map = (index as { weight_map?: unknown } | null)?.weight_map;
  if (typeof map !== "object" || map === null || Array.isArray(map)) throw new UserError(`${path}: expected an object "weight_map"`);
  return new Map(Object.entries(map).map(([name, shard]: [string, unknown]) => {
    if (typeof shard !== "string" || shard !== basename(shard) || /^\.{0,2}$|[\\\n]/.test(shard) || name.includes("\n")) {
      throw new UserError(`${path}: tensor ${JSON.stringify(name).slice(1, -1)}: shard ${JSON.stringify(shard)} is not a file name in the same folder`);
    }
    return [name, shard];
  }));
}

function openSharded(path: string, indexPath: string, part: string): Checkpoint {
  const weightMap = new Map([...readIndex(indexPath)].filter(([name]) => name.startsWith(part)));
  if (weightMap.size === 0) throw new UserError(`${indexPath}: names no tensor${part && ` of ${part}*`}`);
  const folder = dirname(indexPath);
  const shards = [...new Set(weightMap.values())].sort();
  const missing = shards.filter((shard) => !existsSync(join(folder, shard)));
  if (missing.length > 0) throw new UserError(`${indexPath}: ${missing.length} of ${shards.length} shards missing: ${missing.join(", ")}; download them`);
  const opened = new Map(shards.map((shard) => [shard, openFile(join(folder, shard))]));
  const tensors = new Map<string, CheckpointTensor>();
  for (const [name, shard] of weightMap) {
    const file = opened.get(shard)!, entry = file.tensors.get(name);
    if (entry === undefined) throw new UserError(`${file.path}: holds no tensor ${name}, which ${basename(indexPath)} places there`);
    tensors.set(name, { file: file.path, ...entry });
  }
  // Tensors the index leaves out are kept: comparing with a model's manifest tells whether they belong.
  for (const [shard, file] of opened) {
    for (const [name, entry] of file.tensors) {
      if (!name.startsWith(part)) continue;
      if ((weightMap.get(name) ?? shard) !== shard) throw new UserError(`${file.path}: tensor ${name} lies here too, but ${basename(indexPath)} places it in ${weightMap.get(name)}`);
      const known = tensors.get(name);
      if (known !== undefined && known.file !== file.path) throw new UserError(`${file.path}: tensor ${name} lies in ${basename(known.file)} too`);
      tensors.set(name, { file: file.path, ...entry });
    }
  }
  return { path, files: [...opened.values()], tensors };
}

function openSingle(path: string, filePath: string, part: string): Checkpoint {
  const file = openFile(filePath);
  return { path, files: [file], tensors: new Map([...file.tensors].filter(([name]) => name.startsWith(part)).map(([name, entry]) => [name, { file: filePath, ...entry }])) };
}

/** The one file or index of a folder: the libraries' usual names first, else the only .safetensors file or index there. */
function findInFolder(folder: string): string {
  const names = readdirSync(folder).sort();
  const usual = usualWeights(names);
  if (usual !== undefined) return join(folder, usual);
  for (const suffix of [".safetensors.index.json", ".safetensors"]) {
    const found = names.filter((name) => name.endsWith(suffix));
    if (found.length > 1) throw new UserError(`${folder}: several ${suffix} files (${found.join(", ")}); name one`);
    if (found.length === 1) return join(folder, found[0]!);
  }
  const pickled = names.filter(isPickled);
  const hint = pickled.length > 0 ? `found ${pickled.join(", ")}; name one` : "expected model.safetensors, diffusion_pytorch_model.safetensors, pytorch_model.bin or an index of shards";
  throw new UserError(`${folder}: no .safetensors file; ${hint}`);
}

/** Opens a .safetensors or PyTorch file, an index of shards, or a folder of either, or the tensors whose names begin with `part` and the shards that hold them; reads headers only, and any fault is a UserError of one line. */
export function openCheckpoint(path: string, part = ""): Checkpoint {
  if (!existsSync(path)) throw new UserError(`${path}: no such file or folder`);
  const found = statSync(path).isDirectory() ? findInFolder(path) : path;
  return found.endsWith(".json") ? openSharded(path, found, part) : openSingle(path, found, part);
}

/** One tensor of a checkpoint in its stored dtype; an unknown name is a UserError. */
export function readCheckpointTensor(checkpoint: Checkpoint, name: string): LoadedTensor {
  const entry = checkpoint.tensors.get(name);
  if (entry === undefined) throw new UserError(`${checkpoint.path}: holds no tensor ${name}`);
  const { file, dtype, shape, offset, bytes } = entry;
  return { dtype, shape, data: viewAs(dtype, withFile(file, (fd) => readExactly(fd, file, offset, bytes))) };
}

/** One tensor of a checkpoint as float32, row-major. */
export function readCheckpointTensorAsFloat32(checkpoint: Checkpoint, name: string): Float32Array {
  const { dtype, data } = readCheckpointTensor(checkpoint, name);
  return toFloat32(dtype, data);
}
