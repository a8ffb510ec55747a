import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { baseline, chosenRates } from "../../src/ablations/baseline.ts";
import { inSteps } from "../../src/ablations/inSteps.ts";
import { chosenClipRates, thinkDiffClip } from "../../src/ablations/thinkdiff-clip.ts";

const chosen = [{ steps: 400, rate: 3 }, { steps: 2400, rate: 1 }], own = { ...baseline, schedule: { start: 1e-6, peak: 9e-3, floor: 2e-3, warmup: 0.1 } };

test("another length changes steps and rates, the latter to those chosen for the nearest length, and nothing else", () => {
  expect(inSteps(own, 900, chosen)).toEqual({ ...own, steps: 900, schedule: { start: 3e-6, peak: 0.027, floor: 6e-3, warmup: 0.1 } });
  expect(inSteps(own, 1100, chosen)).toEqual({ ...own, steps: 1100 });
  expect(inSteps(own, 7)).toEqual({ ...own, steps: 7 });
});

test("the shipped aligners' own length has their own rates, so that an ablation run of that length finds them", () => {
  for (const [experiment, rates] of [[baseline, chosenRates], [thinkDiffClip, chosenClipRates]] as const) expect(inSteps(experiment, experiment.steps, rates)).toEqual(experiment);
});

test("the chosen rates are those of the least held-out loss on record", () => {
  const rows = JSON.parse(readFileSync("docs/rates.json", "utf8")) as { variant: string; steps: number; rate: number; heldOut: (number | null)[] }[];
  const loss = ({ heldOut }: (typeof rows)[number]): number => heldOut.reduce<number>((sum, x) => sum + (x ?? Infinity), 0) / heldOut.length;
  const least = (variant: string) => [...new Set(rows.map(({ steps }) => steps))].map((steps) => ({ steps, rate: rows.filter((row) => row.variant === variant && row.steps === steps).sort((a, b) => loss(a) - loss(b))[0]!.rate }));
  expect([least("ThinkDiff-LVLM"), least("ThinkDiff-CLIP")]).toEqual([chosenRates, chosenClipRates]);
});
