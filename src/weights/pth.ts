/**
 * PyTorch's zip checkpoints (.pth, .pt, .bin): `data.pkl` describes tensors as strided views of storages, each
 * storage one stored entry `data/<key>`. Opening reads the description; tensors are read one by one.
 */
import { readExactly, withFile } from "../files/read.ts";
import { UserError } from "../files/userError.ts";
import { dtypeSize, toFloat32, viewAs, type Dtype } from "./dtype.ts";
import { PickleGlobal, readPickle } from "./pickle.ts";
import type { LoadedTensor } from "./safetensors.ts";
import { readZipDirectory, type ZipEntry } from "./zip.ts";

/** A strided view of a storage: `storage` is the storage's byte range in the file, `start` and `strides` count elements. */
export interface PthTensor {
  readonly dtype: Dtype;
  readonly shape: readonly number[];
  readonly strides: readonly number[];
  readonly start: number;
  readonly storage: ZipEntry;
}

export interface PthFile {
  readonly path: string;
  readonly tensors: ReadonlyMap<string, PthTensor>;
  /** Numbers, strings and booleans beside the state dict, such as `epoch`. */
  readonly scalars: ReadonlyMap<string, number | string | boolean>;
}

const STORAGES: Readonly<Record<string, Dtype>> = {
  DoubleStorage: "F64", FloatStorage: "F32", HalfStorage: "F16", BFloat16Storage: "BF16", LongStorage: "I64",
  IntStorage: "I32", ShortStorage: "I16", CharStorage: "I8", ByteStorage: "U8", BoolStorage: "BOOL",
};
/** PyTorch's storage class of each dtype that has one. */
export const storageNames: Readonly<Partial<Record<Dtype, string>>> = Object.fromEntries(Object.entries(STORAGES).map(([name, dtype]) => [dtype, name]));
/** Far above any state dict's: a tensor takes some 200 bytes. */
const MAX_PICKLE_BYTES = 16 << 20;

class Storage {
  readonly dtype: Dtype;
  readonly elements: number;
  readonly entry: ZipEntry;

  constructor(dtype: Dtype, elements: number, entry: ZipEntry) {
    this.dtype = dtype;
    this.elements = elements;
    this.entry = entry;
  }
}

class View {
  readonly tensor: PthTensor;
  constructor(tensor: PthTensor) { this.tensor = tensor; }
}

const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0;
/** A shape or strides, of at most torch's 64 axes. */
const isCounts = (value: unknown): value is number[] => Array.isArray(value) && value.length <= 64 && value.every(isCount);

/** torch._utils._rebuild_tensor_v2(storage, offset, size, stride, ...), checked against the storage's length. */
function rebuildTensor([storage, start, shape, strides]: readonly unknown[]): View {
  if (!(storage instanceof Storage) || !isCount(start) || !isCounts(shape) || !isCounts(strides) || shape.length !== strides.length) {
    throw new Error("rebuilds a tensor from malformed arguments");
  }
  const elements = shape.reduce((product, n) => product * n, 1);
  const last = start + shape.reduce((sum, n, i) => sum + (n - 1) * strides[i]!, 0);
  if (elements > 0 && last >= storage.elements) {
    throw new Error(`has a tensor of shape [${shape.join(", ")}], strides [${strides.join(", ")}] and offset ${start}, past the end of its storage of ${storage.elements} elements`);
  }
  if (elements > storage.elements) {
    throw new Error(`has a tensor of shape [${shape.join(", ")}] repeating a storage of ${storage.elements} elements; save it with .contiguous().clone()`);
  }
  return new View({ dtype: storage.dtype, shape, strides, start, storage: storage.entry });
}

function rebuildParameter([data]: readonly unknown[]): View {
  if (!(data instanceof View)) throw new Error("makes a parameter of something that is no tensor");
  return data;
}

/** Builds from no arguments only; elements of a dict follow as items, which keeps each call's cost constant. */
const emptyDict = (args: readonly unknown[]): Map<unknown, unknown> => {
  if (args.length > 0) throw new Error("fills a dict by calling it, expected items");
  return new Map();
};
const asList = ([items = []]: readonly unknown[]): unknown => {
  if (!Array.isArray(items)) throw new Error("makes a list of something that is no list");
  return items;
};
const asNumber = ([value = 0]: readonly unknown[]): unknown => {
  if (typeof value !== "number") throw new Error("makes a number of something that is no number");
  return value;
};

function allowedGlobals(): Map<string, PickleGlobal> {
  const calls: [string, (args: readonly unknown[]) => unknown][] = [
    ["torch._utils _rebuild_tensor_v2", rebuildTensor],
    ["torch._utils _rebuild_parameter", rebuildParameter],
    ["collections OrderedDict", emptyDict],
    // Protocol 2 spells builtins as Python 2 did.
    ...["builtins", "__builtin__"].flatMap((module): [string, (args: readonly unknown[]) => unknown][] => [
      [`${module} dict`, emptyDict], [`${module} list`, asList], [`${module} tuple`, asList], [`${module} set`, asList],
      [`${module} int`, asNumber], [`${module} float`, asNumber],
    ]),
    ...Object.keys(STORAGES).map((name): [string, () => never] => [`torch ${name}`, () => { throw new Error(`calls torch.${name}`); }]),
  ];
  return new Map(calls.map(([name, call]) => [name, new PickleGlobal(name, call)]));
}
const GLOBALS = allowedGlobals();

/** Finds the storage ("storage", class, key, location, elements) refers to, whose entry must have just that size. */
function findStorage(id: unknown, folder: string, entries: ReadonlyMap<string, ZipEntry>): Storage {
  const [kind, type, key, , elements] = Array.isArray(id) ? id as unknown[] : [];
  const dtype = type instanceof PickleGlobal ? STORAGES[type.name.slice("torch ".length)] : undefined;
  if (kind !== "storage" || dtype === undefined || typeof key !== "string" || !isCount(elements)) throw new Error("refers to a malformed storage");
  const name = `${folder}data/${key}`, entry = entries.get(name);
  if (entry === undefined) throw new Error(`refers to storage ${JSON.stringify(name)}, which the archive does not hold`);
  const expected = elements * dtypeSize(dtype);
  if (entry.bytes !== expected) throw new Error(`claims ${elements} elements of ${dtype} (${expected} bytes) in storage ${name}, which has ${entry.bytes} bytes`);
  return new Storage(dtype, elements, entry);
}

/** The state dict: the value under "model" or "state_dict" where there is one, else the whole. */
function findStateDict(path: string, value: unknown): [state: Map<unknown, unknown>, whole: Map<unknown, unknown>] {
  if (!(value instanceof Map)) throw new UserError(`${path}: holds no dict at its top; save a state dict`);
  for (const key of ["model", "state_dict"]) {
    const inner: unknown = value.get(key);
    if (inner instanceof Map) return [inner, value];
  }
  return [value, value];
}

/** Opens a zip checkpoint of a state dict, bare or under "model"; unknown globals, broken archives and lying sizes are a UserError of one line. */
export function openPth(path: string): PthFile {
  return withFile(path, (fd, size) => {
    const entries = readZipDirectory(fd, path, size);
    const pickles = [...entries.keys()].filter((name) => /^([^/]+\/)?data\.pkl$/.test(name));
    if (pickles.length !== 1) throw new UserError(`${path}: has ${pickles.length} data.pkl entries, expected one; not written by torch.save`);
    const folder = pickles[0]!.slice(0, -"data.pkl".length), pickle = entries.get(pickles[0]!)!;
    if (pickle.bytes > MAX_PICKLE_BYTES) throw new UserError(`${path}: data.pkl has ${pickle.bytes} bytes, more than ${MAX_PICKLE_BYTES}; save a plain state dict`);
    const order = entries.get(`${folder}byteorder`);
    if (order !== undefined && (order.bytes > 6 || Buffer.from(readExactly(fd, path, order.offset, order.bytes)).toString() !== "little")) {
      throw new UserError(`${path}: its byte order is not little-endian; save it again on a little-endian machine`);
    }
    const bytes = Buffer.from(readExactly(fd, path, pickle.offset, pickle.bytes));
    const value = readPickle(bytes, { globals: GLOBALS, persistentLoad: (id) => findStorage(id, folder, entries) }, path);
    const [state, whole] = findStateDict(path, value);
    const tensors = new Map<string, PthTensor>(), scalars = new Map<string, number | string | boolean>();
    for (const [name, tensor] of state) {
      if (!(tensor instanceof View)) continue;
      if (typeof name !== "string" || name.includes("\n")) throw new UserError(`${path}: a tensor's name is ${typeof name === "string" ? JSON.stringify(name) : "no string"}; save a plain state dict`);
      tensors.set(name, tensor.tensor);
    }
    for (const [name, scalar] of whole) {
      if (typeof name === "string" && (typeof scalar === "number" || typeof scalar === "string" || typeof scalar === "boolean")) scalars.set(name, scalar);
    }
    return { path, tensors, scalars };
  });
}

/** Whether elements lie in row-major order without gaps. */
export function isContiguous({ shape, strides }: PthTensor): boolean {
  let expected = 1;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    if (shape[axis] !== 1 && strides[axis] !== expected) return false;
    expected *= shape[axis]!;
  }
  return true;
}

/** One tensor in its stored dtype, row-major; takes at most twice its storage's bytes; an unknown name is a UserError. */
export function readPthTensor(file: PthFile, name: string): LoadedTensor {
  const tensor = file.tensors.get(name);
  if (tensor === undefined) throw new UserError(`${file.path}: holds no tensor ${name}`);
  const { dtype, shape, strides, start, storage } = tensor;
  const elements = shape.reduce((product, n) => product * n, 1), size = dtypeSize(dtype);
  if (elements === 0) return { dtype, shape, data: viewAs(dtype, new ArrayBuffer(0)) };
  const span = 1 + shape.reduce((sum, n, i) => sum + (n - 1) * strides[i]!, 0);
  const source = viewAs(dtype, withFile(file.path, (fd) => readExactly(fd, file.path, storage.offset + start * size, span * size)));
  if (isContiguous(tensor)) return { dtype, shape, data: source };
  const data = viewAs(dtype, new ArrayBuffer(elements * size));
  const index = new Array<number>(shape.length).fill(0);
  for (let i = 0, at = 0; i < elements; i++) {
    data[i] = source[at]!;
    for (let axis = shape.length - 1; axis >= 0; axis--) {  // step the index like an odometer
      at += strides[axis]!;
      if (++index[axis]! < shape[axis]!) break;
      at -= strides[axis]! * shape[axis]!;
      index[axis] = 0;
    }
  }
  return { dtype, shape, data };
}

/** One tensor as float32, row-major. */
export function readPthTensorAsFloat32(file: PthFile, name: string): Float32Array {
  const { dtype, data } = readPthTensor(file, name);
  return toFloat32(dtype, data);
}
