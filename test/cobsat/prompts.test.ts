import { describe, expect, it } from "vitest";
import { officialPrompts } from "../../src/cobsat/prompts.ts";
import { posePrompt, targetKey, tasks } from "../../src/cobsat/tasks.ts";

const digits = (text: string): number[] => text.split(" ").map(Number);

describe("officialPrompts", () => {
  it("is the published list: 1,000 prompts, its first and its last", () => {
    const prompts = officialPrompts();
    expect(prompts).toHaveLength(1000);
    expect(prompts[0]).toEqual({ x_list: digits("8 7 5 9 2 3 6 1 4 0"), theta_list: digits("7 6 3 4 1 0 2 5 9 8") });
    expect(prompts[999]).toEqual({ x_list: digits("2 0 5 7 6 9 3 8 4 1"), theta_list: digits("1 6 7 3 2 9 8 4 0 5") });
  });

  it("is the published fine-tuning test split, over values 5 to 9", () => {
    const prompts = officialPrompts("ft_test");
    expect(prompts).toHaveLength(1000);
    expect(prompts[0]).toEqual({ x_list: digits("8 6 9 7 5"), theta_list: digits("9 6 8 5 7") });
    expect(prompts[999]).toEqual({ x_list: digits("5 9 7 8 6"), theta_list: digits("9 5 8 6 7") });
  });

  it("records every shuffle apart from the next", () => {
    const prompts = officialPrompts();
    expect(new Set(prompts.map((prompt) => JSON.stringify(prompt))).size).toBeGreaterThan(990);
  });

  it("has only 100 distinct targets, and 942 distinct prompts at 2 shots", () => {
    const prompts = officialPrompts(), task = tasks[0]!;
    const posed = prompts.map((_, i) => posePrompt(task, 2, i, prompts));
    expect(new Set(posed.map((p) => targetKey(p.expected))).size).toBe(100);
    expect(new Set(posed.map((p) => JSON.stringify([p.demonstrations.map((d) => [d.x, d.theta]), p.query.x, p.query.theta]))).size).toBe(942);
  });
});
