import { setTimeout } from "node:timers/promises";
import type { Executor } from "../graph/executor.ts";
import { floats } from "../graph/tensor.ts";
import { input, matmul, parameter, slice } from "../ops/index.ts";

/** A matrix product [m, k] x [k, n]. */
export type ProductShape = readonly [m: number, k: number, n: number];

/** Small enough to be done between other processes' turns: on a busy CPU the best of several runs is then what a quiet one does. */
export const shortProduct: ProductShape = [512, 512, 512];

/** A product is run until its three fastest runs are this much alike, which on a quiet machine they are at once, and for so long at most. */
const alike = 1.05, patience = 3000;

/** Floating-point operations a second of a bare matrix product with a weight that lies where the executor computes, the best of several runs; nothing is spent on copying the result. */
export async function calibrate(executor: Executor, [m, k, n]: ProductShape = [1024, 1024, 1024]): Promise<number> {
  const corner = slice(slice(matmul(input("a", [m, k]), parameter("b", [k, n])), 0, 0, 1), 1, 0, 1);
  const program = await executor.compile({ corner }, () => floats([k, n], new Float32Array(k * n).fill(1))), feeds = { a: floats([m, k], new Float32Array(m * k).fill(1)) };
  try {
    await program.run(feeds);
    const start = performance.now(), times: number[] = [];
    do {
      const began = performance.now();
      await program.run(feeds);
      times.push((performance.now() - began) / 1000);
      times.sort((a, b) => a - b);
      await setTimeout(times[0]! * 1000);
    } while (times.length < 4 || (times[2]! > alike * times[0]! && performance.now() - start < patience));
    return (2 * m * k * n) / Math.max(times[0]!, 1e-9);
  } finally {
    await program.release();
  }
}
