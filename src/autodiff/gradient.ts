import type { Dim } from "../graph/dims.ts";
import { describe, topological, type Value } from "../graph/value.ts";
import { add, reshape, scalar, sum, zeros } from "../ops/index.ts";

/** Sums a cotangent over the axes along which its input was broadcast. */
export function unbroadcast(cotangent: Value, shape: readonly Dim[]): Value {
  const extra = cotangent.shape.length - shape.length;
  const axes = cotangent.shape.flatMap((d, i) => (i < extra || (shape[i - extra] === 1 && d !== 1) ? [i] : []));
  return reshape(axes.length > 0 ? sum(cotangent, axes) : cotangent, shape);
}

/** Gradients of a scalar loss by reverse mode, of each target's shape; zeros where the loss does not depend on it. Throws where a needed op has no VJP. */
export function gradients(loss: Value, targets: readonly Value[]): Value[] {
  if (loss.shape.length !== 0 || loss.dtype !== "float32") throw new Error(`the loss must be a float32 scalar, found ${describe(loss)}`);
  const order = topological([loss]);
  const active = new Set<Value>(targets);
  for (const value of order) if (value.inputs.some((x) => active.has(x))) active.add(value);

  const cotangents = new Map<Value, Value>([[loss, scalar(1)]]);
  for (const value of order.reverse()) {
    const cotangent = cotangents.get(value);
    if (!cotangent || !value.inputs.some((x) => active.has(x))) continue;
    if (value.op.vjp === "none") throw new Error(`${describe(value)} has no gradient, but the loss depends on a target through it`);
    const parts = value.op.vjp(cotangent, value, value.attributes);
    value.inputs.forEach((x, i) => {
      const part = parts[i];
      if (!part || !active.has(x)) return;
      const own = unbroadcast(part, x.shape), before = cotangents.get(x);
      cotangents.set(x, before ? add(before, own) : own);
    });
  }
  return targets.map((target) => cotangents.get(target) ?? zeros(target.shape));
}
