import { describe, expect, it } from "vitest";
import { mergePlans, plannedSamples, remainingBlocks, remainingSamples, sampleId, type PlannedCell } from "../../../src/harness/runs/plan.ts";

const cell = (arm: string, prompts: number, task = "Color-I", shots = 2): PlannedCell => ({ arm, shots, task, prompts });

describe("plans", () => {
  it("name samples as the contract does", () => {
    expect(plannedSamples([cell("thinkdiff-lvlm", 2)]).map((s) => s.id)).toEqual(["thinkdiff-lvlm/2/Color-I/0", "thinkdiff-lvlm/2/Color-I/1"]);
    expect(sampleId("no-masking", 4, "Style-II", 3, 43)).toBe("no-masking/4/Style-II/3/43");
  });

  it("grow by merging and never shrink", () => {
    const merged = mergePlans([cell("a", 5), cell("b", 2)], [cell("a", 3), cell("b", 4), cell("a", 1, "Color-II"), { ...cell("a", 9), trainingSeed: 8 }]);
    expect(merged).toEqual([cell("a", 5), cell("b", 4), cell("a", 1, "Color-II"), { ...cell("a", 9), trainingSeed: 8 }]);
  });

  it("know what remains", () => {
    expect(remainingSamples([cell("a", 3)], new Set(["a/2/Color-I/1"])).map((s) => s.prompt)).toEqual([0, 2]);
  });
});

describe("remainingBlocks", () => {
  const plan = [cell("a", 5), cell("b", 7), cell("a", 2, "Color-II")];

  it("groups all arms' samples of the same prompts, whatever is finished", () => {
    const blocks = remainingBlocks(plan, new Set(["a/2/Color-I/0", "b/2/Color-I/0", "b/2/Color-I/6"]), 3);
    expect(blocks.map(({ task, prompts }) => [task, prompts])).toEqual([["Color-I", [0, 1, 2]], ["Color-I", [3, 4, 5]], ["Color-II", [0, 1]]]);
    expect(blocks[0]!.remaining.map((s) => s.id)).toEqual(["a/2/Color-I/1", "a/2/Color-I/2", "b/2/Color-I/1", "b/2/Color-I/2"]);
  });

  it("gives every block to one shard, the same one whatever is finished", () => {
    const ids = (finished: ReadonlySet<string>, index: number): string[] => remainingBlocks(plan, finished, 2, { index, count: 2 }).flatMap((b) => b.remaining.map((s) => s.id));
    const first = ids(new Set(), 1), second = ids(new Set(), 2);
    expect([...first, ...second].sort()).toEqual(plannedSamples(plan).map((s) => s.id).sort());
    expect(ids(new Set(first), 2)).toEqual(second);
    expect(ids(new Set(first), 1)).toEqual([]);
  });
});
