/** When a training has diverged, so that it ends and is recorded: numbers that are not finite, or an explosion. */

const explosionFactor = 3, explosionSteps = 5;

/** The rule in words. */
export const divergenceRule =
  `a training diverges at the first step whose loss or gradient is not finite, or with which ${explosionSteps} losses on end begin that are more than ${explosionFactor} times the first step's; it ends there, and its weights are the last from before`;

/** Follows a training; the steps must come in order from the first. */
export class DivergenceWatch {
  #first: number | undefined;
  #stretch = 0;

  /** Whether a step's numbers are sound: finite and not exploded. `diverged` is the step at which the training broke, once it has. */
  see(step: number, loss: number, gradNorm: number): { readonly sound: boolean; readonly diverged: number | null } {
    if (!Number.isFinite(loss) || !Number.isFinite(gradNorm)) return { sound: false, diverged: step - this.#stretch };
    this.#first ??= loss;
    this.#stretch = loss > explosionFactor * this.#first ? this.#stretch + 1 : 0;
    return { sound: this.#stretch === 0, diverged: this.#stretch >= explosionSteps ? step - this.#stretch + 1 : null };
  }
}
