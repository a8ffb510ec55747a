import { describe, expect, it } from "vitest";
import { publishedAblations, publishedAccuracy, publishedFor, publishedTraining, rowAverage } from "../../src/cobsat/published.ts";
import { tasks } from "../../src/cobsat/tasks.ts";

describe("the paper's tables", () => {
  it("give the averages its text and Table 4 state", () => {
    expect(rowAverage(publishedAccuracy[2]["ThinkDiff-LVLM"])).toBeCloseTo(0.4168, 10);
    const four = Object.entries(publishedAccuracy[4]).map(([system, row]) => [system, rowAverage(row)] as const);
    expect(Object.fromEntries(four.map(([system, mean]) => [system, mean.toFixed(4)]))).toEqual({ "SEED-LLaMA": "0.1917", Emu: "0.0704", GILL: "0.0575", "ThinkDiff-LVLM": "0.4633" });
  });

  it("give Table 2's improvements, which are over SEED-LLaMA even where Emu is higher (Background-II)", () => {
    const improvement = (task: string): number => {
      const rows = publishedAccuracy[4], seed = rows["SEED-LLaMA"][task]!;
      return Math.round((rows["ThinkDiff-LVLM"][task]! / seed - 1) * 1000) / 10;
    };
    expect(["Color-I", "Background-I", "Style-I", "Action-I", "Texture-I", "Color-II", "Background-II", "Style-II", "Action-II", "Texture-II"].map(improvement))
      .toEqual([32.4, 71.6, 80.1, 718.9, 159.8, 142.1, 676.3, 61.2, 220.8, 216.2]);
  });

  it("have every task in every row", () => {
    for (const row of [...Object.values(publishedAccuracy[2]), ...Object.values(publishedAccuracy[4]), ...Object.values(publishedAblations)]) {
      expect(Object.keys(row).sort()).toEqual(tasks.map((task) => task.name).sort());
    }
    expect(Object.keys(publishedTraining).sort()).toEqual(Object.keys(publishedAccuracy[4]).sort());
  });

  it("are found by arm, shots and task, null where the paper is silent", () => {
    expect(publishedFor("thinkdiff-lvlm", 2, "Color-I")).toBe(0.622);
    expect(publishedFor("thinkdiff-lvlm", 4)).toBeCloseTo(0.4633, 10);
    expect(publishedFor("no-masking", 2, "Texture-II")).toBe(0.228);
    expect(publishedFor("no-masking", 4)).toBeNull();
    expect(publishedFor("thinkdiff-lvlm", 3)).toBeNull();
    expect(publishedFor("constructor", 2)).toBeNull();
  });
});
