/** Time and memory of each stage, put on the run's record as work goes on. */
import type { Run } from "../runs/run.ts";
import type { StageName } from "./options.ts";

export interface StageClock {
  /** Does a piece of a stage's work and counts its time; pieces that go on at once share it evenly, so that the stages add up to the time that passed. */
  time<T>(stage: StageName, work: () => Promise<T>): Promise<T>;
  /** Puts what is not yet on record there. */
  flush(): void;
}

const peakBytes = (): number => process.resourceUsage().maxRSS * 1024;

/** A clock that writes to a run. Memory is the process's largest resident size where it grew in the stage, else its size at the end of a piece. */
export function stageClock(run: Pick<Run, "recordStage">, milliseconds: () => number = () => performance.now()): StageClock {
  const open = new Map<StageName, { seconds: number; peakRssBytes: number }>(), going: StageName[] = [];
  let shared = 0;

  function spent(stage: StageName): { seconds: number; peakRssBytes: number } {
    const known = open.get(stage) ?? { seconds: 0, peakRssBytes: 0 };
    open.set(stage, known);
    return known;
  }

  /** Gives what has passed since the last time to what has been going on. */
  function share(): void {
    const now = milliseconds();
    for (const stage of going) spent(stage).seconds += (now - shared) / 1000 / going.length;
    shared = now;
  }

  return {
    async time(stage, work) {
      share();
      going.push(stage);
      const before = peakBytes();
      try {
        return await work();
      } finally {
        share();
        going.splice(going.indexOf(stage), 1);
        const known = spent(stage), peak = peakBytes();
        known.peakRssBytes = Math.max(known.peakRssBytes, peak > before ? peak : process.memoryUsage.rss());
      }
    },
    flush() {
      share();
      for (const [stage, since] of open) run.recordStage({ stage, ...since });
      open.clear();
    },
  };
}
