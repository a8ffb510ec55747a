/** What a graph needs of memory while it runs, beside its weights. */
import { evaluateDim } from "../graph/dims.ts";
import { topological, type Value } from "../graph/value.ts";
import { parameterOp } from "./leaves.ts";

/** The most bytes of intermediate values alive at once, at four a number, when each is freed after its last use; views and work in place are not counted as savings. */
export function peakBytes(outputs: readonly Value[], symbols: ReadonlyMap<string, number>): number {
  const order = topological(outputs), last = new Map<Value, number>(), size = (value: Value): number => (value.op.name === parameterOp.name ? 0 : value.shape.reduce<number>((product, d) => product * evaluateDim(d, symbols), 4));
  order.forEach((value, i) => { for (const used of [value, ...value.inputs]) last.set(used, i); });
  for (const output of outputs) last.set(output, order.length);
  let alive = 0, peak = 0;
  order.forEach((value, i) => {
    alive += size(value);
    peak = Math.max(peak, alive);
    for (const used of new Set([value, ...value.inputs])) if (last.get(used) === i) alive -= size(used);
  });
  return peak;
}
