/** The rule by which an output agrees with a recorded one, and the row that says so. */

/** One compared output: its error, the most it may be, and whether it is no more; `parity` prints a line of each. */
export interface AgreementRow {
  readonly name: string;
  readonly error: number;
  readonly tolerance: number;
  readonly ok: boolean;
}

/** The largest |got - want|: Infinity where lengths differ or either is not a number; equal infinities differ by 0. */
function largestError(got: ArrayLike<number | bigint>, want: ArrayLike<number | bigint>): number {
  if (got.length !== want.length) return Infinity;
  let error = 0;
  for (let i = 0; i < want.length; i++) {
    const a = got[i]!, b = want[i]!;
    if (a === b) continue;
    const difference = typeof a === "bigint" && typeof b === "bigint" ? Math.abs(Number(a - b)) : Math.abs(Number(a) - Number(b));
    if (Number.isNaN(difference)) return Infinity;
    error = Math.max(error, difference);
  }
  return error;
}

/** Compares floats: they agree where |got - want| <= tolerance * max(1, max |want|); the row's error is |got - want| over that scale. */
export function compareFloats(name: string, got: ArrayLike<number>, want: ArrayLike<number>, tolerance: number): AgreementRow {
  let scale = 1;
  for (let i = 0; i < want.length; i++) if (Number.isFinite(want[i]!)) scale = Math.max(scale, Math.abs(want[i]!));
  const error = largestError(got, want) / scale;
  return { name, error, tolerance, ok: error <= tolerance };
}

/** Compares integers: they must be equal, or differ by `within` at most; the error is the largest difference. */
export function compareIntegers(name: string, got: ArrayLike<number | bigint>, want: ArrayLike<number | bigint>, within = 0): AgreementRow {
  const error = largestError(got, want);
  return { name, error, tolerance: within, ok: error <= within };
}
