/** Time and memory of each stage, put on the run's record as work goes on. */
import type { Run } from "../runs/run.ts";
import type { StageName } from "./options.ts";

export interface StageClock {
  /** Does a piece of a stage's work and counts its time. */
  time<T>(stage: StageName, work: () => Promise<T>): Promise<T>;
  /** Seconds of a stage not yet on record. */
  flush(): void;
}

const peakBytes = (): number => process.resourceUsage().maxRSS * 1024;

/** A clock that writes to a run. Memory is the process's largest resident size where it grew in the stage, else its size at the end of a piece. */
export function stageClock(run: Pick<Run, "recordStage">): StageClock {
  const open = new Map<StageName, { seconds: number; peakRssBytes: number }>();
  return {
    async time(stage, work) {
      const began = performance.now(), before = peakBytes();
      try {
        return await work();
      } finally {
        const known = open.get(stage) ?? { seconds: 0, peakRssBytes: 0 }, peak = peakBytes();
        open.set(stage, { seconds: known.seconds + (performance.now() - began) / 1000, peakRssBytes: Math.max(known.peakRssBytes, peak > before ? peak : process.memoryUsage.rss()) });
      }
    },
    flush() {
      for (const [stage, spent] of open) run.recordStage({ stage, ...spent });
      open.clear();
    },
  };
}
