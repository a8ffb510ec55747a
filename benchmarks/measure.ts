import { Bench } from "tinybench";

/** Median, and the quartiles around it, of seconds. */
export interface Spread { readonly median: number; readonly low: number; readonly high: number; readonly samples: number }

/** The spread of a list of numbers: median and quartiles, interpolated. */
export function spreadOf(values: readonly number[]): Spread {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (q: number) => { const i = q * (sorted.length - 1), low = Math.floor(i); return sorted[low]! + (i - low) * ((sorted[low + 1] ?? sorted[low]!) - sorted[low]!); };
  return { median: at(0.5), low: at(0.25), high: at(0.75), samples: sorted.length };
}

/** A task: runs once and may say itself how many seconds it took. */
export type Task = () => Promise<number | void>;

/** Times tasks in interleaved rounds, so that what else the machine does falls on all alike: seconds of every run, by task and round. */
export async function timeInterleaved(tasks: Readonly<Record<string, Task>>, { rounds, iterations, progress = () => {} }: { readonly rounds: number; readonly iterations: number; readonly progress?: (round: number) => void }): Promise<Record<string, number[][]>> {
  const seconds: Record<string, number[][]> = Object.fromEntries(Object.keys(tasks).map((name) => [name, []]));
  for (let round = 0; round < rounds; round++) {
    progress(round);
    const bench = new Bench({ iterations, time: 0, warmup: round === 0, warmupIterations: 1, warmupTime: 0, retainSamples: true, throws: true });
    for (const [name, task] of Object.entries(tasks)) {
      bench.add(name, async () => {
        const own = await task();
        return typeof own === "number" ? { overriddenDuration: own * 1000 } : undefined;
      }, { async: true });
    }
    await bench.run();
    for (const { name, result } of bench.tasks) {
      if (!("latency" in result) || !result.latency.samples) throw new Error(`${name} was not timed`);
      seconds[name]!.push(result.latency.samples.map((ms) => ms / 1000));
    }
  }
  return seconds;
}
