/** A tensor as a model declares it or a file holds it. */
export interface NamedShape { readonly name: string; readonly shape: readonly number[] }

export interface ManifestDifference {
  /** Declared and not found. */
  readonly missing: readonly NamedShape[];
  /** Found and neither declared nor optional. */
  readonly unexpected: readonly NamedShape[];
  readonly wrongShape: readonly { readonly name: string; readonly declared: readonly number[]; readonly found: readonly number[] }[];
  /** The first ten differences as text, and how many more there are; empty where both agree. */
  readonly lines: readonly string[];
}

const LINES = 10;
const text = (shape: readonly number[]): string => `[${shape.join(", ")}]`;
const sameShape = (a: readonly number[], b: readonly number[]): boolean => a.length === b.length && a.every((n, i) => n === b[i]);

/** Compares what a model declares with what a file holds, both ways; `optional` names may be found or not (tied copies, buffers). */
export function compareManifest(declared: Iterable<NamedShape>, found: Iterable<NamedShape>, optional: Iterable<string> = []): ManifestDifference {
  const want = new Map([...declared].map(({ name, shape }) => [name, shape]));
  const have = new Map([...found].map(({ name, shape }) => [name, shape]));
  const mayBe = new Set(optional);
  const list = (from: typeof want, other: typeof want): NamedShape[] =>
    [...from].filter(([name]) => !other.has(name) && !mayBe.has(name)).map(([name, shape]) => ({ name, shape }));
  const missing = list(want, have), unexpected = list(have, want);
  const wrongShape = [...want].flatMap(([name, shape]) => {
    const other = have.get(name);
    return other === undefined || sameShape(shape, other) ? [] : [{ name, declared: shape, found: other }];
  });
  const all = [
    ...wrongShape.map((t) => `${t.name}: shape ${text(t.found)} found, ${text(t.declared)} expected`),
    ...missing.map((t) => `${t.name}: missing, ${text(t.shape)} expected`),
    ...unexpected.map((t) => `${t.name}: unexpected, ${text(t.shape)} found`),
  ];
  const lines = all.length > LINES ? [...all.slice(0, LINES), `and ${all.length - LINES} more`] : all;
  return { missing, unexpected, wrongShape, lines };
}
