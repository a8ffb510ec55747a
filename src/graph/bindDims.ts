import { evaluateDim, parseDim, type Shape } from "./dims.ts";
import type { Tensors } from "./executor.ts";
import type { DType } from "./tensor.ts";

/** A named tensor that a graph takes. */
export interface Port { readonly name: string; readonly dtype: DType; readonly shape: Shape }

/** Values of the named dimensions, read off the fed tensors; throws naming an input that is missing or of another element type or shape. */
export function bindDims(ports: readonly Port[], feeds: Tensors): Map<string, number> {
  const symbols = new Map<string, number>();
  const given = ports.map((port) => {
    const tensor = feeds[port.name];
    if (!tensor) throw new Error(`input "${port.name}" was not given; the graph takes ${ports.map((p) => p.name).join(", ")}`);
    if (tensor.dtype !== port.dtype) throw new Error(`input "${port.name}" is ${port.dtype}, found ${tensor.dtype}`);
    if (tensor.shape.length !== port.shape.length) throw new Error(`input "${port.name}" is [${port.shape.join(", ")}], found [${tensor.shape.join(", ")}]`);
    port.shape.forEach((dim, axis) => {
      const terms = [...parseDim(dim)];
      if (terms.length !== 1) return;
      const [symbol, coefficient] = terms[0]!;
      if (symbol !== "" && !symbol.includes("*") && !symbols.has(symbol)) symbols.set(symbol, Math.floor(tensor.shape[axis]! / coefficient));
    });
    return tensor;
  });
  ports.forEach((port, i) => port.shape.forEach((dim, axis) => {
    const expected = evaluateDim(dim, symbols), found = given[i]!.shape[axis];
    if (found === expected) return;
    const why = symbols.size === 0 || port.shape.every((d) => typeof d === "number") ? "" : ` where ${[...symbols].map(([name, value]) => `${name} = ${value}`).join(", ")}`;
    throw new Error(`input "${port.name}" is [${port.shape.join(", ")}]${why}, found [${given[i]!.shape.join(", ")}]`);
  }));
  return symbols;
}
