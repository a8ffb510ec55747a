/**
 * Dimensions: numbers, or polynomials in named symbols ("B", "T+16", "4*P*B") kept as canonical text,
 * so that equal sizes are equal strings.
 */
export type Dim = number | string;
export type Shape = readonly Dim[];

/** Monomials (sorted symbol product, "" for the constant) with integer coefficients. */
type Polynomial = ReadonlyMap<string, number>;

const cache = new Map<string, Polynomial>();

/** A dimension as a polynomial. Throws on text that is not a sum of products. */
export function parseDim(dim: Dim): Polynomial {
  if (typeof dim === "number") return new Map(dim === 0 ? [] : [["", dim]]);
  let found = cache.get(dim);
  if (!found) {
    const terms = new Map<string, number>();
    for (const term of dim.replaceAll("-", "+-").split("+").filter((t) => t !== "")) {
      let coefficient = 1;
      const symbols: string[] = [];
      for (const factor of (term.startsWith("-") ? ["-1", ...term.slice(1).split("*")] : term.split("*"))) {
        if (/^-?\d+$/.test(factor)) coefficient *= Number(factor);
        else if (/^[A-Za-z_]\w*$/.test(factor)) symbols.push(factor);
        else throw new Error(`dimension "${dim}": "${factor}" is neither an integer nor a name`);
      }
      const key = symbols.sort().join("*");
      terms.set(key, (terms.get(key) ?? 0) + coefficient);
    }
    cache.set(dim, (found = terms));
  }
  return found;
}

function canonical(terms: Polynomial): Dim {
  const parts = [...terms].filter(([, c]) => c !== 0).sort(([a], [b]) => (a === "" ? 1 : b === "" ? -1 : a < b ? -1 : 1));
  if (parts.length === 0) return 0;
  if (parts.length === 1 && parts[0]![0] === "") return parts[0]![1];
  return parts.map(([s, c]) => (s === "" ? `${c}` : c === 1 ? s : `${c}*${s}`)).join("+").replaceAll("+-", "-");
}

/** The sum of dimensions. */
export function addDims(...dims: Dim[]): Dim {
  if (dims.every((d) => typeof d === "number")) return dims.reduce((a, b) => a + b, 0);
  const sum = new Map<string, number>();
  for (const dim of dims) for (const [s, c] of parseDim(dim)) sum.set(s, (sum.get(s) ?? 0) + c);
  return canonical(sum);
}

/** The product of dimensions. */
export function mulDims(...dims: Dim[]): Dim {
  if (dims.every((d) => typeof d === "number")) return dims.reduce((a, b) => a * b, 1);
  let product: Polynomial = new Map([["", 1]]);
  for (const dim of dims) {
    const next = new Map<string, number>();
    for (const [s, c] of product) {
      for (const [t, d] of parseDim(dim)) {
        const key = [...s.split("*"), ...t.split("*")].filter((x) => x !== "").sort().join("*");
        next.set(key, (next.get(key) ?? 0) + c * d);
      }
    }
    product = next;
  }
  return canonical(product);
}

/** a - b. */
export const subDims = (a: Dim, b: Dim): Dim => addDims(a, mulDims(-1, b));

/** The number of elements of a shape. */
export const sizeOf = (shape: Shape): Dim => mulDims(...shape);

/** Whether two shapes are equal, symbol by symbol. */
export const sameShape = (a: Shape, b: Shape): boolean => a.length === b.length && a.every((d, i) => d === b[i]);

/** A dimension's number, given its symbols' values. Throws when a symbol has none. */
export function evaluateDim(dim: Dim, symbols: ReadonlyMap<string, number>): number {
  if (typeof dim === "number") return dim;
  let total = 0;
  for (const [s, c] of parseDim(dim)) {
    total += s === "" ? c : s.split("*").reduce((product, name) => {
      const value = symbols.get(name);
      if (value === undefined) throw new Error(`dimension "${dim}": no value for "${name}"`);
      return product * value;
    }, c);
  }
  return total;
}

/** The shape two shapes broadcast to (NumPy's rule). Throws when they do not. */
export function broadcastShapes(a: Shape, b: Shape): Shape {
  const rank = Math.max(a.length, b.length);
  return Array.from({ length: rank }, (_, i) => {
    const x = a[i - rank + a.length] ?? 1, y = b[i - rank + b.length] ?? 1;
    if (x === y || y === 1) return x;
    if (x === 1) return y;
    throw new Error(`shapes [${a.join(", ")}] and [${b.join(", ")}] do not broadcast: ${x} against ${y}`);
  });
}
