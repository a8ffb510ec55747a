import type { Executor } from "../graph/executor.ts";
import { floats } from "../graph/tensor.ts";
import { input, matmul, parameter, slice } from "../ops/index.ts";

/** A matrix product [m, k] x [k, n]. */
export type ProductShape = readonly [m: number, k: number, n: number];

/** Small enough to be done between other processes' turns: on a busy CPU the best of several runs is then what a quiet one does. */
export const shortProduct: ProductShape = [512, 512, 512];

/** At least 4 runs of a product, then more up to 24 within a second. */
const runs = { least: 4, most: 24, milliseconds: 1000 };

/** Floating-point operations a second of a bare matrix product with a weight that lies where the executor computes, the best of several runs; nothing is spent on copying the result. */
export async function calibrate(executor: Executor, [m, k, n]: ProductShape = [1024, 1024, 1024]): Promise<number> {
  const corner = slice(slice(matmul(input("a", [m, k]), parameter("b", [k, n])), 0, 0, 1), 1, 0, 1);
  const program = await executor.compile({ corner }, () => floats([k, n], new Float32Array(k * n).fill(1))), feeds = { a: floats([m, k], new Float32Array(m * k).fill(1)) };
  try {
    await program.run(feeds);
    const start = performance.now();
    let best = Infinity;
    for (let i = 0; i < runs.least || (i < runs.most && performance.now() - start < runs.milliseconds); i++) {
      const began = performance.now();
      await program.run(feeds);
      best = Math.min(best, (performance.now() - began) / 1000);
    }
    return (2 * m * k * n) / Math.max(best, 1e-9);
  } finally {
    await program.release();
  }
}
