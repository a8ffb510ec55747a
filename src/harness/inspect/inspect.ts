/** What a checkpoint holds, and how that compares with what the model declares. */
import { existsSync, readdirSync, statSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { z } from "zod";
import { readJson, reasonOf } from "../../files/json.ts";
import { UserError } from "../../files/userError.ts";
import { openCheckpoint, usualWeights, type Checkpoint } from "../../weights/checkpoint.ts";
import { compareManifest, type ManifestDifference, type NamedShape } from "../../weights/manifest.ts";
import { openPth } from "../../weights/pth.ts";
import { alignerDeclaration, declarationOf, type Declaration } from "./architectures.ts";

/** A tensor as it lies in a file: bytes [begin, end); of a .pth file, those of its storage. Declared tensors have no dtype and no place. */
export interface InspectedTensor extends NamedShape {
  readonly dtype?: string;
  readonly file?: string;
  readonly begin?: number;
  readonly end?: number;
}

/** One comparison of two lists of tensors. */
export interface Comparison {
  readonly what: string;
  readonly difference: ManifestDifference;
}

export interface Inspection {
  readonly path: string;
  /** The model that was traced, where a config.json or the tensors name one. */
  readonly model?: string;
  /** Why no model was traced, where a config.json is there. */
  readonly note?: string;
  /** Beginning of the names of the model's part of the checkpoint, where shards of other parts are missing. */
  readonly alone?: string;
  /** Those of the file; of a config.json, those its model declares. */
  readonly tensors: readonly InspectedTensor[];
  readonly parameters: number;
  readonly comparisons: readonly Comparison[];
}

const manifestSchema = z.object({ tensors: z.array(z.tuple([z.string(), z.array(z.int().min(0))])), optional: z.array(z.tuple([z.string(), z.array(z.int().min(0))])).default([]) });

function readManifest(file: string): z.output<typeof manifestSchema> {
  const parsed = manifestSchema.safeParse(readJson(file));
  if (parsed.success) return parsed.data;
  throw new UserError(`${file}: expected {"tensors": [[name, shape], ...], "optional"?: [...]} (${reasonOf(parsed.error)})`);
}

/** Whether a path is a config.json, and no index of shards. */
const isConfig = (path: string): boolean => path.endsWith(".json") && !path.endsWith(".index.json");

/** A checkpoint; where shards are missing and the model is a part of it, that part. */
function openWholeOrPart(path: string, part: string | undefined): { readonly checkpoint: Checkpoint; readonly alone?: string } {
  try {
    return { checkpoint: openCheckpoint(path) };
  } catch (error) {
    if (part === undefined || !(error instanceof UserError)) throw error;
    return { checkpoint: openCheckpoint(path, part), alone: part };
  }
}

/** The tensors of a checkpoint folder or file, of a model's part of it where no more is there; undefined for a config.json. */
function tensorsOf(path: string, part: string | undefined): { readonly tensors?: InspectedTensor[]; readonly alone?: string } {
  if (/\.(pth|pt|bin)$/.test(path)) {
    return { tensors: [...openPth(path).tensors].map(([name, { dtype, shape, storage }]) => ({ name, shape, dtype, file: path, begin: storage.offset, end: storage.offset + storage.bytes })) };
  }
  if (isConfig(path)) return {};
  const { checkpoint, ...rest } = openWholeOrPart(path, part);
  return { tensors: [...checkpoint.tensors].map(([name, { dtype, shape, file, offset, bytes }]) => ({ name, shape, dtype, file, begin: offset, end: offset + bytes })), ...rest };
}

/** The config.json that belongs to a path: itself, or the one in its folder. */
function configOf(path: string): string | undefined {
  if (statSync(path).isDirectory()) return [join(path, "config.json")].find((file) => existsSync(file));
  if (isConfig(path)) return path;
  return [join(dirname(path), "config.json")].find((file) => existsSync(file));
}

const within = (tensors: readonly InspectedTensor[], { part = "" }: Declaration): InspectedTensor[] => tensors.filter(({ name }) => name.startsWith(part));

/** The model that a path's config.json names, or why it names none. */
function configured(path: string): { readonly declaration?: Declaration; readonly fault?: UserError } {
  const config = configOf(path);
  try {
    return config === undefined ? {} : { declaration: declarationOf(readJson(config), config) };
  } catch (error) {
    if (error instanceof UserError) return { fault: error };
    throw error;
  }
}

/** Reads a checkpoint folder, file or config.json (headers alone) and compares every two of file, model and manifest that are there, both ways. */
export function inspect(path: string, manifestFile?: string): Inspection {
  if (!existsSync(path)) throw new UserError(`${path}: no such file or folder; expected a checkpoint folder, a .safetensors or .pth file, an index of shards, or a config.json`);
  const own = configured(path), { tensors: found, alone } = tensorsOf(path, own.declaration?.part), declaration = (found && alignerDeclaration(found)) ?? own.declaration;
  if (!declaration && !found && own.fault) throw own.fault;
  const manifest = manifestFile === undefined ? undefined : readManifest(manifestFile);
  const tensors: readonly InspectedTensor[] = found ?? declaration!.tensors, comparisons: Comparison[] = [];
  if (found && declaration) {
    comparisons.push({ what: `${basename(path)} against the model ${declaration.model}`, difference: compareManifest(declaration.tensors, within(found, declaration), declaration.optional) });
  }
  if (manifest) {
    const list = manifest.tensors.map(([name, shape]) => ({ name, shape })), optional = [...manifest.optional.map(([name]) => name)];
    if (found) comparisons.push({ what: `${basename(path)} against ${basename(manifestFile!)}`, difference: compareManifest(list, found, optional) });
    if (declaration) comparisons.push({ what: `the model ${declaration.model} against ${basename(manifestFile!)}`, difference: compareManifest(list, declaration.tensors, [...optional, ...declaration.optional]) });
  }
  const parameters = tensors.reduce((total, { shape }) => total + shape.reduce((a, b) => a * b, 1), 0);
  return { path, ...(declaration ? { model: declaration.model } : {}), ...(declaration || !own.fault ? {} : { note: own.fault.message }), ...(alone === undefined ? {} : { alone }), tensors, parameters, comparisons };
}

const pipelineSchema = z.record(z.string(), z.json());

/** The models of a diffusers pipeline's folder, each inspected; undefined where a path is no such folder (it has no model_index.json). Parts without weights (tokenizers, schedulers) are left out. */
export function inspectPipeline(path: string): { readonly name: string; readonly inspection: Inspection }[] | undefined {
  const file = join(path, "model_index.json");
  if (!existsSync(file)) return undefined;
  const parsed = pipelineSchema.safeParse(readJson(file)), parts = Object.entries(parsed.success ? parsed.data : {}).filter((part): part is [string, [string, string]] => Array.isArray(part[1]) && part[1].length === 2 && part[1].every((name) => typeof name === "string"));
  if (parts.length === 0) throw new UserError(`${file}: names no parts; expected {"vae": ["diffusers", "AutoencoderKL"], ...}`);
  return parts.flatMap(([name, [, kind]]) => {
    const folder = join(path, name);
    if (name !== basename(name) || /^\.{1,2}$|\\/.test(name)) throw new UserError(`${file}: part ${JSON.stringify(name)} is not a folder's name`);
    if (/Tokenizer|Scheduler|Processor|FeatureExtractor/.test(kind)) return [];
    if (!existsSync(folder) || usualWeights(readdirSync(folder)) === undefined) throw new UserError(`${folder}: ${existsSync(folder) ? "holds no weights" : "no such folder"}, but ${file} names ${kind} there; download it`);
    return [{ name, inspection: inspect(folder) }];
  });
}
