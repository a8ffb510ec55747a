import { expect, it } from "vitest";
import { stageClock } from "../../../src/harness/benchCobsat/clock.ts";
import type { Run } from "../../../src/harness/runs/run.ts";

it("gives pieces that go on at once even shares of the time, and to none what passes between them", async () => {
  let now = 5000;
  const recorded: Record<string, number> = {}, run: Pick<Run, "recordStage"> = { recordStage: ({ stage, seconds, peakRssBytes }) => { recorded[stage] = (recorded[stage] ?? 0) + seconds; expect(peakRssBytes).toBeGreaterThanOrEqual(0); } };
  const clock = stageClock(run, () => now), ends: (() => void)[] = [], piece = (stage: "generate" | "judge"): Promise<void> => clock.time(stage, () => new Promise((resolve) => { ends.push(resolve); }));
  const first = piece("generate");
  now += 1000; // the first alone
  const second = piece("judge"), third = piece("generate");
  now += 3000; // all three
  clock.flush();
  expect(recorded).toEqual({ generate: 3, judge: 1 });
  ends[0]!();
  await first;
  now += 2000; // the second and third
  ends[1]!();
  await second;
  ends[2]!();
  await third;
  now += 7000;
  clock.flush();
  expect(recorded).toEqual({ generate: 4, judge: 2 });
});

it("counts a piece that fails", async () => {
  let now = 0;
  const recorded: string[] = [], clock = stageClock({ recordStage: ({ stage, seconds }) => void recorded.push(`${stage} ${seconds}`) }, () => now);
  await expect(clock.time("train", async () => { now += 4000; throw new Error("no"); })).rejects.toThrow("no");
  clock.flush();
  expect(recorded).toEqual(["train 4"]);
});
