import { bfloat16ToFloat32 } from "./bfloat16.ts";
import { float16ToFloat32 } from "./float16.ts";

export type TypedArray =
  | Float64Array | Float32Array | Uint16Array | Int16Array | Uint32Array | Int32Array | BigUint64Array | BigInt64Array | Uint8Array | Int8Array;

interface DtypeRule { readonly size: number; readonly view: (buffer: ArrayBuffer) => TypedArray }

/** Bytes per element and the array that holds them; F16 and BF16 stay as their 16 bits, BOOL as one byte of 0 or 1. */
const RULES = {
  F64: { size: 8, view: (b) => new Float64Array(b) },
  F32: { size: 4, view: (b) => new Float32Array(b) },
  F16: { size: 2, view: (b) => new Uint16Array(b) },
  BF16: { size: 2, view: (b) => new Uint16Array(b) },
  I64: { size: 8, view: (b) => new BigInt64Array(b) },
  U64: { size: 8, view: (b) => new BigUint64Array(b) },
  I32: { size: 4, view: (b) => new Int32Array(b) },
  U32: { size: 4, view: (b) => new Uint32Array(b) },
  I16: { size: 2, view: (b) => new Int16Array(b) },
  U16: { size: 2, view: (b) => new Uint16Array(b) },
  I8: { size: 1, view: (b) => new Int8Array(b) },
  U8: { size: 1, view: (b) => new Uint8Array(b) },
  BOOL: { size: 1, view: (b) => new Uint8Array(b) },
} as const satisfies Record<string, DtypeRule>;

export type Dtype = keyof typeof RULES;

/** Every dtype of a safetensors file this project reads. */
export const DTYPES = Object.keys(RULES) as readonly Dtype[];

/** Whether a header's dtype is one of DTYPES. */
export function isDtype(name: unknown): name is Dtype {
  return typeof name === "string" && Object.hasOwn(RULES, name);
}

/** Bytes of one element. */
export function dtypeSize(dtype: Dtype): number {
  return RULES[dtype].size;
}

/** Little-endian bytes seen as the dtype's array, without copying; the buffer's length is a multiple of the size. */
export function viewAs(dtype: Dtype, buffer: ArrayBuffer): TypedArray {
  return RULES[dtype].view(buffer);
}

/** Elements of any dtype as float32: exact for F32, F16, BF16 and small integers, F64 and large integers rounded to nearest. */
export function toFloat32(dtype: Dtype, data: TypedArray): Float32Array {
  if (data instanceof Float32Array) return data;
  if (dtype === "F16") return float16ToFloat32(data as Uint16Array);
  if (dtype === "BF16") return bfloat16ToFloat32(data as Uint16Array);
  const out = new Float32Array(data.length);
  for (let i = 0; i < out.length; i++) out[i] = Number(data[i]);
  return out;
}
