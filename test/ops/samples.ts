import { bools, floats, ints, type Tensor } from "../../src/graph/tensor.ts";
import type { Op, SampleCase, SampleInput } from "../../src/graph/value.ts";
import { allOps } from "../../src/ops/index.ts";
import type { Random } from "../../src/random/random.ts";

/** A tensor as a sample describes it. */
export function fillSample({ shape, fill = "normal", below = 0 }: SampleInput, random: Random): Tensor {
  const size = shape.reduce((a, b) => a * b, 1);
  const make = (f: () => number) => Array.from({ length: size }, f);
  switch (fill) {
    case "ids": return ints(shape, make(() => random.int(below)));
    case "bool": return bools(shape, make(() => 0).map(() => random.chance(0.5)));
    case "positive": return floats(shape, make(() => 0.5 + random.uniform()));
    case "unit": return floats(shape, make(() => random.uniform(-0.9, 0.9)));
    case "ties": return floats(shape, make(() => random.int(3)));
    case "large": return floats(shape, make(() => 20 * random.normal()));
    case "normal": return floats(shape, make(() => random.normal()));
  }
}

export interface OpCase { readonly op: Op<unknown>; readonly sample: SampleCase<unknown>; readonly name: string }

/** Every op's sample cases, named. */
export const opCases: readonly OpCase[] = allOps.flatMap((op) =>
  (op.samples === "leaf" ? [] : op.samples.map((sample, i) => ({ op, sample, name: `${op.name}: ${sample.name ?? `case ${i}`}` }))));
