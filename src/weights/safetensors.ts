/**
 * Reading safetensors: an 8-byte little-endian header length, a JSON header, then the tensors' bytes without gaps.
 * Opening reads and checks the header alone, so a file of any size opens at once; tensors are read one by one.
 */
import { readExactly, withFile } from "../files/read.ts";
import { UserError } from "../files/userError.ts";
import { dtypeSize, DTYPES, isDtype, toFloat32, viewAs, type Dtype, type TypedArray } from "./dtype.ts";

/** Where a tensor's bytes lie: `offset` counts from the start of the file. */
export interface TensorEntry { readonly dtype: Dtype; readonly shape: readonly number[]; readonly offset: number; readonly bytes: number }

export interface SafetensorsFile {
  readonly path: string;
  /** Bytes before the first tensor: the length field and the header. */
  readonly headerBytes: number;
  readonly metadata: Readonly<Record<string, string>>;
  readonly tensors: ReadonlyMap<string, TensorEntry>;
}

export { writeSafetensors, type TensorToWrite } from "./safetensorsWriter.ts";

export interface LoadedTensor { readonly dtype: Dtype; readonly shape: readonly number[]; readonly data: TypedArray }

/** Room for some 70,000 tensors; JSON takes up to 30 times its bytes once parsed. */
const MAX_HEADER_BYTES = 8 << 20;

/** The first name that an object's JSON, which parses, has twice at its top; undefined without one. */
function doubledName(json: string): string | undefined {
  const names = new Set<string>();
  let depth = 0, name = "";
  for (let i = 0; i < json.length; i++) {
    const at = json[i]!;
    if (at === '"') {
      const start = i++;
      for (; json[i] !== '"'; i++) if (json[i] === "\\") i++;
      if (depth === 1) name = json.slice(start, i + 1);
    } else if (at === "{" || at === "[") depth++;
    else if (at === "}" || at === "]") depth--;
    else if (at === ":" && depth === 1) {
      const plain = JSON.parse(name) as string;
      if (names.has(plain)) return plain;
      names.add(plain);
    }
  }
  return undefined;
}

function parseHeader(path: string, bytes: ArrayBuffer): Record<string, unknown> {
  let text: string, header: unknown;
  try {
    text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
    header = JSON.parse(text);
  } catch (error) {
    throw new UserError(`${path}: the header is not valid JSON (${(error as Error).message}); the file is damaged or not safetensors`, 1, { cause: error });
  }
  if (typeof header !== "object" || header === null || Array.isArray(header)) throw new UserError(`${path}: the header is not a JSON object`);
  const doubled = doubledName(text);
  if (doubled !== undefined) throw new UserError(`${path}: the header names ${JSON.stringify(doubled)} twice; the file is damaged`);
  return header as Record<string, unknown>;
}

function checkMetadata(path: string, metadata: unknown): Record<string, string> {
  if (metadata === undefined) return {};
  const valid = typeof metadata === "object" && metadata !== null && !Array.isArray(metadata) && Object.values(metadata).every((v) => typeof v === "string");
  if (!valid) throw new UserError(`${path}: __metadata__ must map strings to strings`);
  return metadata as Record<string, string>;
}

const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0;

/** One header entry, checked on its own; offsets become absolute. */
function checkEntry(path: string, name: string, raw: unknown, dataStart: number, fileSize: number): TensorEntry {
  const fail = (message: string): never => { throw new UserError(`${path}: tensor ${name}: ${message}`); };
  if (name.includes("\n")) throw new UserError(`${path}: tensor ${JSON.stringify(name)}: a name of several lines; the file is damaged`);
  if (typeof raw !== "object" || raw === null) return fail("its header entry is not an object");
  const { dtype, shape, data_offsets: range } = raw as Record<string, unknown>;
  if (!isDtype(dtype)) return fail(`dtype ${JSON.stringify(dtype)} is not known; expected one of ${DTYPES.join(", ")}`);
  if (!Array.isArray(shape) || !shape.every(isCount)) return fail(`shape ${JSON.stringify(shape)} is not a list of non-negative integers`);
  const [begin, end] = Array.isArray(range) && range.length === 2 ? range as unknown[] : [];
  if (!isCount(begin) || !isCount(end) || begin > end) return fail(`data_offsets ${JSON.stringify(range)} is not [begin, end] with 0 <= begin <= end`);
  const expected = shape.reduce((product: number, n: number) => product * n, dtypeSize(dtype));
  if (end - begin !== expected) return fail(`data_offsets span ${end - begin} bytes, but ${dtype} of shape [${shape.join(", ")}] takes ${expected}`);
  if (dataStart + end > fileSize) return fail(`ends at byte ${dataStart + end} of a file of ${fileSize} bytes; the file is cut short`);
  return { dtype, shape, offset: dataStart + begin, bytes: expected };
}

/** Throws unless the tensors fill the data section exactly: no overlap, no hole, no bytes after the last. */
function checkCoverage(path: string, tensors: ReadonlyMap<string, TensorEntry>, dataStart: number, fileSize: number): void {
  const inOrder = [...tensors].sort(([, a], [, b]) => a.offset - b.offset || a.bytes - b.bytes);
  let position = dataStart, previous = "the header";
  for (const [name, { offset, bytes }] of inOrder) {
    if (offset < position) throw new UserError(`${path}: tensor ${name}: begins at byte ${offset}, inside ${previous}, which ends at ${position}`);
    if (offset > position) throw new UserError(`${path}: tensor ${name}: begins at byte ${offset}, leaving a hole after ${previous}, which ends at ${position}`);
    position = offset + bytes;
    previous = name;
  }
  if (position !== fileSize) throw new UserError(`${path}: ${fileSize - position} bytes follow the last tensor (${previous}), which ends at byte ${position}; expected none`);
}

/** Reads and checks the header of a safetensors file; any violation is a UserError of one line naming file and tensor. */
export function openSafetensors(path: string): SafetensorsFile {
  return withFile(path, (fd, size) => {
    if (size < 8) throw new UserError(`${path}: ${size} bytes are too few for a safetensors file, which begins with an 8-byte header length`);
    const length = new DataView(readExactly(fd, path, 0, 8)).getBigUint64(0, true);
    if (length > MAX_HEADER_BYTES) throw new UserError(`${path}: the header claims ${length} bytes, more than ${MAX_HEADER_BYTES}; not a safetensors file`);
    const headerBytes = 8 + Number(length);
    if (headerBytes > size) throw new UserError(`${path}: the header claims ${length} bytes, but the file has ${size}; it is cut short or not safetensors`);
    const { __metadata__: rawMetadata, ...entries } = parseHeader(path, readExactly(fd, path, 8, Number(length)));
    const metadata = checkMetadata(path, rawMetadata);
    const tensors = new Map(Object.entries(entries).map(([name, raw]) => [name, checkEntry(path, name, raw, headerBytes, size)]));
    checkCoverage(path, tensors, headerBytes, size);
    return { path, headerBytes, metadata, tensors };
  });
}

/** One tensor in its stored dtype (F16 and BF16 as Uint16Array, I64 as BigInt64Array); an unknown name is a UserError. */
export function readTensor(file: SafetensorsFile, name: string): LoadedTensor {
  const entry = file.tensors.get(name);
  if (entry === undefined) throw new UserError(`${file.path}: holds no tensor ${name}`);
  const buffer = withFile(file.path, (fd) => readExactly(fd, file.path, entry.offset, entry.bytes));
  return { dtype: entry.dtype, shape: entry.shape, data: viewAs(entry.dtype, buffer) };
}

/** One tensor as float32, row-major: exact for F32, F16, BF16, rounded to nearest for F64 and large integers. */
export function readTensorAsFloat32(file: SafetensorsFile, name: string): Float32Array {
  const { dtype, data } = readTensor(file, name);
  return toFloat32(dtype, data);
}
