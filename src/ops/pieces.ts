/** A graph in pieces that run one after the other, so that only one piece's weights need be in memory at a time. */
import { evaluateDim, parseDim } from "../graph/dims.ts";
import { apply, topological, type Value } from "../graph/value.ts";
import { input, inputOp, parameterOp, type Named } from "./leaves.ts";
import { slice } from "./shape.ts";

/** A piece: its outputs by name, the graph's own among them; `cut.<n>` are inputs of later pieces. */
export interface Piece { readonly outputs: Readonly<Record<string, Value>>; /** Bytes of its weights in float32. */ readonly weights: number }

/** A stand-in for every named dimension where only the order of sizes matters. */
const someSize = 64;

const product = (shape: Value["shape"], of: (dim: Value["shape"][number]) => number): number => shape.reduce<number>((size, dim) => size * of(dim), 1);

/** Roughly how many numbers a value has. */
function roughSize({ shape }: Value): number {
  return product(shape, (dim) => evaluateDim(dim, new Map([...parseDim(dim).keys()].flatMap((symbols) => symbols.split("*")).map((symbol) => [symbol, someSize]))));
}

const isLeaf = ({ inputs }: Value): boolean => inputs.length === 0;
const nameOf = ({ attributes }: Value): string => (attributes as Named).name;

/** Where to cut: ends of pieces among the inner values, each piece's weights within `most` bytes where single values allow it, and little passed on between pieces. */
function ends(inner: readonly Value[], last: ReadonlyMap<Value, number>, most: number, isWeight: (leaf: Value) => boolean): { readonly end: number; readonly weights: number }[] {
  let passing = 0;
  const sizes = inner.map(roughSize), freed = inner.map((): number => 0);
  inner.forEach((value, i) => { freed[last.get(value) ?? i]! += sizes[i]!; });
  const passed = inner.map((_, i) => (passing += sizes[i]! - freed[i]!)), cuts: { end: number; weights: number }[] = [];
  for (let start = 0; start < inner.length;) {
    const held = new Set<string>(), used: number[] = [];
    let bytes = 0, end = start;
    for (; end < inner.length; end++) {
      const fresh = new Map(inner[end]!.inputs.filter((leaf) => isWeight(leaf) && !held.has(nameOf(leaf))).map((leaf) => [nameOf(leaf), leaf]));
      const more = [...fresh.values()].reduce((sum, { shape }) => sum + product(shape, Number), 0) * 4;
      if (end > start && bytes + more > most) break;
      for (const name of fresh.keys()) held.add(name);
      used.push((bytes += more));
    }
    if (end < inner.length) {
      let best = end - 1;
      for (let i = best; i >= start && used[i - start]! >= bytes / 2; i--) if (passed[i]! < passed[best]!) best = i;
      end = best + 1;
    }
    cuts.push({ end, weights: used[end - 1 - start]! });
    start = end;
  }
  return cuts;
}

/** Cuts a graph into pieces of at most so many bytes of weights; `fed` names parameters that are inputs rather than weights. */
export function pieces(outputs: Readonly<Record<string, Value>>, most: number, fed: (name: string) => boolean = () => false): Piece[] {
  const all = topological(Object.values(outputs)), inner = all.filter((value) => !isLeaf(value)), at = new Map(inner.map((value, i) => [value, i])), last = new Map<Value, number>();
  inner.forEach((value, i) => { for (const used of value.inputs) if (!isLeaf(used)) last.set(used, i); });
  const cuts = ends(inner, last, most, (leaf) => leaf.op.name === parameterOp.name && !fed(nameOf(leaf)));
  // Every piece has the inputs whose sizes name dimensions, so that it can tell them.
  const sized = all.filter(({ op, shape }) => op.name === inputOp.name && shape.some((dim) => typeof dim === "string"));
  return cuts.map(({ end, weights }, p): Piece => {
    const start = cuts[p - 1]?.end ?? 0, made = new Map<Value, Value>(), isLast = p === cuts.length - 1;
    const within = (value: Value): Value => {
      const i = at.get(value);
      if (i === undefined) return value;
      const known = made.get(value) ?? (i < start ? input(`cut.${i}`, value.shape, value.dtype) : apply(value.op, value.inputs.map(within), value.attributes));
      made.set(value, known);
      return known;
    };
    for (let i = start; i < end; i++) within(inner[i]!); // inputs before users: the recursion stays shallow
    const passedOn = inner.slice(start, end).flatMap((value, i): [string, Value][] => ((last.get(value) ?? -1) >= end ? [[`cut.${start + i}`, within(value)]] : []));
    const own = Object.entries(outputs).filter(([, value]) => (at.has(value) ? at.get(value)! >= start && at.get(value)! < end : isLast)).map(([name, value]): [string, Value] => [name, within(value)]);
    return { weights, outputs: Object.fromEntries([...own, ...passedOn, ...(cuts.length === 1 ? [] : sized.map((value, i): [string, Value] => [`size.${i}`, slice(value, 0, 0, 1)]))]) };
  });
}
