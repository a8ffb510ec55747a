import type { Tensor } from "../../graph/tensor.ts";

/** One compared output: `parity` prints a line of each. */
export interface Row { readonly name: string; readonly error: number; readonly tolerance: number; readonly ok: boolean }

/** Compares numbers by the packs' rule: floats agree when |got - want| <= tolerance * max(1, max |want|); the error is that quotient. `skip` leaves elements out. */
export function agree(name: string, got: ArrayLike<number>, want: ArrayLike<number>, tolerance: number, skip?: (index: number) => boolean): Row {
  let scale = 1, worst = got.length === want.length ? 0 : Infinity;
  for (let i = 0; i < want.length; i++) if (!skip?.(i)) scale = Math.max(scale, Math.abs(want[i]!));
  for (let i = 0; i < want.length; i++) {
    if (skip?.(i)) continue;
    const difference = Math.abs(got[i]! - want[i]!);
    worst = Math.max(worst, Number.isNaN(difference) ? Infinity : difference);
  }
  const error = worst / scale;
  return { name, error, tolerance, ok: error <= tolerance };
}

/** Compares tensors: shapes and integers must be equal, floats agree by the packs' rule. */
export function agreeTensor(name: string, got: Tensor, want: Tensor, tolerance: number, skip?: (index: number) => boolean): Row {
  const sameShape = got.shape.length === want.shape.length && got.shape.every((d, i) => d === want.shape[i]);
  if (!sameShape && got.data.length !== want.data.length) return { name: `${name} [${got.shape}] against [${want.shape}]`, error: Infinity, tolerance, ok: false };
  return agree(name, got.data, want.data, want.dtype === "int32" ? 0 : tolerance, skip);
}

/** A fact that is equal or not. */
export const agreeExactly = (name: string, got: unknown, want: unknown): Row => {
  const ok = JSON.stringify(got) === JSON.stringify(want);
  return { name, error: ok ? 0 : Infinity, tolerance: 0, ok };
};
