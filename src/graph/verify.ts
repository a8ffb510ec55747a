import { parseDim, sameShape } from "./dims.ts";
import { apply, describe, topological, type Value } from "./value.ts";

/** Checks that every value has a legal shape, that names are unique, and that each op's rule still gives the recorded type and shape. Throws with all faults. */
export function verifyGraph(outputs: readonly Value[]): void {
  const faults: string[] = [], names = new Map<string, Value>();
  for (const value of topological(outputs)) {
    for (const dim of value.shape) {
      if (typeof dim === "number" ? !Number.isInteger(dim) || dim < 0 : parseDim(dim).size === 0) faults.push(`${describe(value)}: dimension ${dim} is not a size`);
    }
    const name = (value.attributes as { name?: unknown } | undefined)?.name;
    if (value.inputs.length === 0 && typeof name === "string") {
      const key = `${value.op.name} ${name}`, other = names.get(key);
      if (other && other !== value) faults.push(`two different values are called ${key}`);
      names.set(key, value);
    }
    try {
      const again = apply(value.op, value.inputs, value.attributes);
      if (again.dtype !== value.dtype || !sameShape(again.shape, value.shape)) faults.push(`${describe(value)}: its rule gives ${describe(again)}`);
    } catch (error) {
      faults.push(`${describe(value)}: ${(error as Error).message}`);
    }
  }
  if (faults.length > 0) throw new Error(`invalid graph:\n  ${faults.join("\n  ")}`);
}
