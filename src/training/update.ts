/** An optimiser's update as a graph over weights, moments and gradients. */
import type { Value } from "../graph/value.ts";
import { add, div, input, minimum, mul, sqrt, sum } from "../ops/index.ts";
import { adamW, releasedAdamW, type AdamWConfig } from "./adamw.ts";
import { muon, type MuonConfig } from "./muon.ts";

export interface Optimizer {
  readonly adamW?: AdamWConfig;
  /** Which matrices Muon updates; AdamW has the rest. */
  readonly muon?: MuonConfig & { readonly use: (name: string, shape: readonly number[]) => boolean };
  /** Largest global gradient norm; none by default. */
  readonly clip?: number;
}

export interface Update {
  /** Global norm of the gradients, before clipping. */
  readonly gradNorm: Value;
  /** "next/<key>" of every key. */
  readonly next: Readonly<Record<string, Value>>;
  /** What is kept between steps, parameter by parameter: "weight/x", "first/x", "second/x". Moments are graph inputs of these names, beside "rate", "correction1" and "correction2". */
  readonly keys: readonly string[];
}

/** The update of parameters by their gradients, which are in the parameters' order. */
export function update(parameters: ReadonlyMap<string, Value>, gradients: readonly Value[], { adamW: adam = releasedAdamW, muon: m, clip }: Optimizer): Update {
  const rate = input("rate", []), corrections = { first: input("correction1", []), second: input("correction2", []) };
  const gradNorm = sqrt(gradients.map((g) => sum(mul(g, g))).reduce(add)), scale = clip === undefined ? undefined : minimum(1, div(clip, add(gradNorm, 1e-12)));
  const next: Record<string, Value> = {}, keys: string[] = [], matrices: { name: string; weight: Value; momentum: Value; gradient: Value }[] = [];
  [...parameters].forEach(([name, weight], i) => {
    const shape = weight.shape as readonly number[], own = gradients[i]!, moment = (part: string): Value => {
      keys.push(`${part}/${name}`);
      return input(`${part}/${name}`, shape);
    };
    keys.push(`weight/${name}`);
    if (m?.use(name, shape)) {
      matrices.push({ name, weight, momentum: moment("first"), gradient: own });
    } else {
      const updated = adamW({ weight, first: moment("first"), second: moment("second") }, scale ? mul(own, scale) : own, rate, corrections, adam);
      for (const part of ["weight", "first", "second"] as const) next[`next/${part}/${name}`] = updated[part];
    }
  });
  if (m) {
    muon(matrices, matrices.map(({ gradient }) => gradient), rate, m, scale).forEach(({ weight, momentum }, i) => {
      next[`next/weight/${matrices[i]!.name}`] = weight;
      next[`next/first/${matrices[i]!.name}`] = momentum;
    });
  }
  return { gradNorm, next, keys };
}
