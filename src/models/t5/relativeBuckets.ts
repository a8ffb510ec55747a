import { constant, iota, gather, minimum, sub, add, maximum, mul, cast, greater, unsqueeze, type Operand } from "../../ops/index.ts";
import { ints } from "../../graph/tensor.ts";
import type { Value } from "../../graph/value.ts";
import type { Dim } from "../../graph/dims.ts";

/** Bucket of each distance 0 .. maxDistance in one direction: exact below half the buckets, then logarithmic; float32 steps as in the reference. */
export function bucketTable(buckets: number, maxDistance: number): Int32Array {
  const exact = Math.floor(buckets / 2);
  return Int32Array.from({ length: maxDistance + 1 }, (_, n) => {
    if (n < exact) return n;
    const ratio = Math.fround(Math.fround(Math.log(Math.fround(n / exact))) / Math.log(maxDistance / exact));
    return Math.min(buckets - 1, exact + Math.trunc(Math.fround(ratio * (buckets - exact))));
  });
}

/** Buckets of (key position - query position) for int32 positions that broadcast: T5's relative attention ids. */
export function relativeBuckets(query: Value, key: Value, { buckets, maxDistance, bidirectional }: { readonly buckets: number; readonly maxDistance: number; readonly bidirectional: boolean }): Value {
  const offset = sub(key, query);
  const perDirection = bidirectional ? buckets / 2 : buckets;
  const table = bucketTable(perDirection, maxDistance);
  const look = (distance: Operand) => gather(constant(ints([table.length], table)), minimum(maximum(distance, 0), maxDistance) as Value);
  if (!bidirectional) return look(mul(offset, -1));
  const ahead = cast(greater(offset, 0), "int32");
  return add(look(maximum(offset, mul(offset, -1))), mul(ahead, perDirection));
}

/** Query positions as a column and key positions as a row, both 0 .. length-1. */
export const positionGrid = (length: Dim): [query: Value, key: Value] => [unsqueeze(iota(length), 1), unsqueeze(iota(length), 0)];
