import { sameShape } from "../graph/dims.ts";
import type { Value } from "../graph/value.ts";
import { parameter } from "../ops/leaves.ts";

export interface Declared { readonly name: string; readonly shape: readonly number[] }

/**
 * A place among a checkpoint's tensor names. Reading a parameter also declares it, so tracing a model yields its manifest;
 * names are the checkpoint's own. The same name gives the same value: tied weights stay one.
 */
export class WeightScope {
  readonly #prefix: string;
  readonly #declared: Map<string, Value>;

  constructor(prefix = "", declared = new Map<string, Value>()) {
    this.#prefix = prefix;
    this.#declared = declared;
  }

  /** The scope below `path`. */
  at(path: string | number): WeightScope {
    return new WeightScope(this.#name(`${path}`), this.#declared);
  }

  #name(path: string): string {
    return this.#prefix === "" ? path : `${this.#prefix}.${path}`;
  }

  /** The float32 parameter of the given shape. Throws when it was declared before with another shape. */
  param(path: string, shape: readonly number[]): Value {
    const name = this.#name(path), known = this.#declared.get(name);
    if (known && !sameShape(known.shape, shape)) throw new Error(`weight "${name}" is declared as [${known.shape.join(", ")}] and as [${shape.join(", ")}]`);
    const value = known ?? parameter(name, shape);
    this.#declared.set(name, value);
    return value;
  }

  /** Every parameter declared so far, by name, from whichever scope of this tree. */
  get parameters(): ReadonlyMap<string, Value> {
    return this.#declared;
  }

  /** Names and shapes declared so far, sorted by name. */
  manifest(): Declared[] {
    return [...this.#declared].map(([name, value]) => ({ name, shape: value.shape as readonly number[] })).sort((a, b) => (a.name < b.name ? -1 : 1));
  }
}
