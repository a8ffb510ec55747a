/** Element types of values inside a graph. */
export type DType = "float32" | "int32" | "bool";
export type TypedData = Float32Array | Int32Array | Uint8Array;

/** A host tensor in row-major order; bool is one byte an element. */
export interface Tensor {
  readonly dtype: DType;
  readonly shape: readonly number[];
  readonly data: TypedData;
}

function checked<D extends TypedData>(dtype: DType, shape: readonly number[], data: D): Tensor & { readonly data: D } {
  const size = shape.reduce((a, b) => a * b, 1);
  if (data.length !== size) throw new Error(`${dtype} tensor of shape [${shape.join(", ")}] needs ${size} elements, found ${data.length}`);
  return { dtype, shape, data };
}

/** A float32 tensor; `data` may be any list of numbers of the shape's size. */
export const floats = (shape: readonly number[], data: Float32Array | readonly number[]) =>
  checked("float32", shape, data instanceof Float32Array ? data : Float32Array.from(data));

/** An int32 tensor. */
export const ints = (shape: readonly number[], data: Int32Array | readonly number[]) =>
  checked("int32", shape, data instanceof Int32Array ? data : Int32Array.from(data));

/** A bool tensor. */
export const bools = (shape: readonly number[], data: readonly boolean[] | Uint8Array) =>
  checked("bool", shape, data instanceof Uint8Array ? data : Uint8Array.from(data, (b) => (b ? 1 : 0)));
