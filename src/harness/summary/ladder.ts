/** The error ladder: from what the judge makes of real images down to chance, so that every loss of accuracy has a place. */
import { isHeldOut, type Sample } from "../runs/samples.ts";
import { accuracyOf } from "./averages.ts";
import { compareArms } from "./cells.ts";
import type { Average, Rung } from "./types.ts";

/** What needs no records: an image of the query word is right where the hidden half falls right by chance; a random pair is right once in a hundred. */
const analyticRungs = { "copy-query": 1 / 10, chance: 1 / 100 } as const;

function measured(average: Average, samples: readonly Sample[], seed: number): Rung {
  const { arm, shots, n, accuracy, ci95 } = average, held = samples.filter((s) => s.arm === arm && s.shots === shots && isHeldOut(s));
  const apart = held.length > 0 ? accuracyOf(held, seed, arm, shots, "held out") : undefined;
  return { rung: arm, shots, n, accuracy, ci95, analytic: false, heldOut: { n: held.length, accuracy: apart?.accuracy ?? null, ci95: apart?.ci95 ?? null } };
}

/** The rungs of each number of shots, top to bottom: the arms that have samples, then the analytic ones. */
export function ladderOf(samples: readonly Sample[], averages: readonly Average[], seed: number): Rung[] {
  const shotCounts = [...new Set(averages.map((average) => average.shots))].sort((a, b) => a - b);
  return shotCounts.flatMap((shots) => [
    ...averages.filter((average) => average.shots === shots).sort((a, b) => compareArms(a.arm, b.arm)).map((average) => measured(average, samples, seed)),
    ...Object.entries(analyticRungs).map(([rung, accuracy]): Rung =>
      ({ rung, shots, n: 0, accuracy, ci95: [accuracy, accuracy], analytic: true, heldOut: { n: 0, accuracy, ci95: [accuracy, accuracy] } })),
  ]);
}
