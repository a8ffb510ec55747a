import { UserError } from "../files/userError.ts";
import { writeAtomicallyWith, writeFully } from "../files/atomic.ts";
import { float32ToBfloat16 } from "./bfloat16.ts";
import { dtypeSize, viewAs, type Dtype, type TypedArray } from "./dtype.ts";
import { float32ToFloat16 } from "./float16.ts";

/** A tensor to store: `data` is the dtype's own array, or a Float32Array to be rounded (ties to even) for F16 and BF16. */
export interface TensorToWrite { readonly dtype: Dtype; readonly shape: readonly number[]; readonly data: TypedArray }

const byCodeUnit = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/** A tensor's elements as its dtype stores them. */
export function encode(dtype: Dtype, data: TypedArray): TypedArray {
  if (data instanceof Float32Array && dtype === "F16") return float32ToFloat16(data);
  if (data instanceof Float32Array && dtype === "BF16") return float32ToBfloat16(data);
  return data;
}

/** Throws a UserError where name, dtype, shape and data contradict each other. */
export function checkTensor(path: string, name: string, { dtype, shape, data }: TensorToWrite): void {
  const fail = (message: string): never => { throw new UserError(`${path}: tensor ${name}: ${message}`); };
  if (name === "__metadata__") fail("this name is reserved");
  if (!shape.every((n) => Number.isSafeInteger(n) && n >= 0)) fail(`shape [${shape.join(", ")}] is not a list of non-negative integers`);
  const elements = shape.reduce((product, n) => product * n, 1);
  if (elements !== data.length) fail(`shape [${shape.join(", ")}] needs ${elements} elements, found ${data.length}`);
  const own = viewAs(dtype, new ArrayBuffer(0)).constructor;
  const rounded = data instanceof Float32Array && (dtype === "F16" || dtype === "BF16");
  if (data.constructor !== own && !rounded) fail(`${dtype} is written from ${own.name}, found ${data.constructor.name}`);
}

/**
 * Writes a safetensors file whole or not at all: larger elements first, then names in code-unit order, the header
 * padded with spaces to a multiple of 8, so equal tensors give equal bytes and every tensor is aligned to its element.
 */
export function writeSafetensors(path: string, tensors: ReadonlyMap<string, TensorToWrite>, metadata?: Readonly<Record<string, string>>): void {
  for (const [name, tensor] of tensors) checkTensor(path, name, tensor);
  const order = [...tensors].sort(([a, x], [b, y]) => dtypeSize(y.dtype) - dtypeSize(x.dtype) || byCodeUnit(a, b));
  // Pairs, not an object literal: integer-like names would be moved to the front and "__proto__" lost.
  const fields: string[] = [];
  if (metadata !== undefined) {
    const sorted = Object.entries(metadata).sort(([a], [b]) => byCodeUnit(a, b));
    fields.push(`"__metadata__":{${sorted.map(([key, value]) => `${JSON.stringify(key)}:${JSON.stringify(value)}`).join(",")}}`);
  }
  let end = 0;
  for (const [name, { dtype, shape, data }] of order) {
    const begin = end;
    end += data.length * dtypeSize(dtype);
    fields.push(`${JSON.stringify(name)}:${JSON.stringify({ dtype, shape, data_offsets: [begin, end] })}`);
  }
  const header = Buffer.from(`{${fields.join(",")}}`, "utf8");
  const padded = Buffer.alloc(8 + Math.ceil(header.length / 8) * 8, " ");
  padded.writeBigUInt64LE(BigInt(padded.length - 8), 0);
  header.copy(padded, 8);
  writeAtomicallyWith(path, (fd) => {
    writeFully(fd, padded);
    for (const [, { dtype, data }] of order) {
      const encoded = encode(dtype, data);
      writeFully(fd, new Uint8Array(encoded.buffer, encoded.byteOffset, encoded.byteLength));
    }
  });
}
