/** One aligner's features of some texts against T5's states of the same texts. */
import type { Tensor } from "../../graph/tensor.ts";
import type { DiagnosticsLine } from "../runs/diagnostics.ts";
import { byDimension, cosine, evenly, nearest, norms, rounded, rowCount, spreadOf, type Rows } from "./geometry.ts";

/** A text's states [T, D], the ids of their tokens, and for each feature the place of the state that stands for its token. */
export interface TextWithStates {
  readonly states: Tensor;
  readonly ids: readonly number[];
  readonly places: readonly number[];
}

/** Positions looked at where every one is held against many: enough for quantiles, and seconds at the paper's widths. */
const mostFeatures = 256, mostStates = 2048;

function joined(parts: readonly Tensor[]): Rows {
  const width = parts[0]!.shape[1]!, data = new Float32Array(parts.reduce((sum, part) => sum + part.data.length, 0));
  let at = 0;
  for (const part of parts) { data.set(part.data as Float32Array, at); at += part.data.length; }
  return { data, width };
}

/** For each row of the joined parts the number of its part, and its place in it. */
const owners = (parts: readonly Tensor[]): { readonly part: number; readonly place: number }[] => parts.flatMap(({ shape }, part) => Array.from({ length: shape[0]! }, (_, place) => ({ part, place })));

/** All of a diagnostics line that needs no model; `matched` says whether features stand for tokens of the text. Throws where there is no feature. */
export function compareWithStates(aligned: readonly Tensor[], texts: readonly TextWithStates[], matched: boolean): Omit<DiagnosticsLine, "arm" | "seed" | "entropy"> {
  const features = joined(aligned), states = joined(texts.map((text) => text.states)), of = owners(aligned), stateOf = owners(texts.map((text) => text.states));
  if (of.length === 0) throw new Error("no features to compare");
  const first = texts.map((_, part) => stateOf.findIndex((owner) => owner.part === part)), own = (i: number): number => first[of[i]!.part]! + texts[of[i]!.part]!.places[of[i]!.place]!;
  const idAt = (j: number): number => texts[stateOf[j]!.part]!.ids[stateOf[j]!.place]!;
  const chosen = evenly(of.length, mostFeatures), kept = evenly(stateOf.length, mostStates);
  const among: Rows = { width: states.width, data: Float32Array.from(kept.flatMap((j) => Array.from(states.data.subarray(j * states.width, (j + 1) * states.width)))) }, squares = norms(among).map((x) => x * x);
  const unit = Math.sqrt(norms(states).reduce((sum, x) => sum + x * x, 0) / rowCount(states)) || 1;
  const found = chosen.map((i) => ({ i, ...nearest(features, i, among, squares)! }));
  const apart = evenly(kept.length, mostFeatures).flatMap((k) => nearest(among, k, among, squares, (other) => stateOf[kept[other]!]!.part !== stateOf[kept[k]!]!.part) ?? []);
  // A token of another text: the same place further on, by half of all states.
  const other = (i: number): number => (own(i) + Math.floor(stateOf.length / 2)) % stateOf.length;
  return {
    texts: texts.length, features: of.length, states: stateOf.length,
    norm: { aligned: spreadOf(norms(features)), states: spreadOf(norms(states)) },
    dimensions: { aligned: byDimension(features), states: byDimension(states) },
    cosine: matched ? { own: spreadOf(of.map((_, i) => cosine(features, i, states, own(i)))), other: spreadOf(of.map((_, i) => cosine(features, i, states, other(i)))) } : null,
    nearest: { aligned: spreadOf(found.map(({ distance }) => distance / unit)), states: spreadOf(apart.length > 0 ? apart.map(({ distance }) => distance / unit) : [0]) },
    nearestToken: matched ? rounded(found.filter(({ i, at }) => idAt(kept[at]!) === idAt(own(i))).length / found.length) : null,
  };
}
