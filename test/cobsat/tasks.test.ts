import { describe, expect, it } from "vitest";
import { officialPrompts } from "../../src/cobsat/prompts.ts";
import { hiddenHalf, pairsOf, posePrompt, targetKey, taskOf, tasks, themes, valuesOf } from "../../src/cobsat/tasks.ts";

const prompts = officialPrompts();

describe("tasks", () => {
  it("has the ten tasks under their published ids", () => {
    expect(tasks.map((task) => `${task.id} ${task.name}`)).toEqual(["1 Color-I", "2 Color-II", "3 Background-I", "4 Background-II", "5 Style-I", "6 Style-II", "7 Action-I", "8 Action-II", "9 Texture-I", "10 Texture-II"]);
  });

  it("gives the detail in -I and the object in -II", () => {
    for (const task of tasks) expect([task.given, hiddenHalf(task)]).toEqual(task.name.endsWith("-II") ? ["object", "detail"] : ["detail", "object"]);
  });

  it("finds a task by id or name and says which there are", () => {
    expect(taskOf(4)).toBe(taskOf("Background-II"));
    expect(() => taskOf("Weather-I")).toThrow(/Weather-I.*Color-I, Color-II/);
    expect(() => taskOf(11)).toThrow(RangeError);
  });

  it("has five hundred targets with names of their own", () => {
    expect(new Set(themes.flatMap(pairsOf).map(targetKey)).size).toBe(500);
  });
});

describe("posePrompt", () => {
  it("reads the first prompt at 2 shots: x 8 7 | 5, hidden theta[3] = 4", () => {
    const { demonstrations, query, expected } = posePrompt(taskOf("Color-I"), 2, 0, prompts);
    expect(demonstrations.map((d) => [d.x, d.theta, d.pair.detail, d.pair.object])).toEqual([["blue", "car", "blue", "car"], ["brown", "car", "brown", "car"]]);
    expect(query.x).toBe("orange");
    expect(targetKey(expected)).toBe("color_object/orange_car");
    const second = posePrompt(taskOf("Color-II"), 2, 0, prompts);
    expect(second.demonstrations.map((d) => [d.x, d.pair.detail, d.pair.object])).toEqual([["bag", "pink", "bag"], ["ball", "pink", "ball"]]);
    expect(targetKey(second.expected)).toBe("color_object/pink_box");
  });

  it.each([1, 2, 4, 8])("at %i shots never demonstrates the answer and never names the true theta as misleading", (shots) => {
    for (const task of tasks) for (let i = 0; i < 10; i++) {
      const posed = posePrompt(task, shots, i, prompts);
      expect(posed.demonstrations).toHaveLength(shots);
      expect(posed.expected[task.given]).toBe(posed.query.x);
      expect(valuesOf(task.theme, hiddenHalf(task))).toContain(posed.query.theta);
      for (const { pair, x, theta, misleading } of posed.demonstrations) {
        expect(targetKey(pair)).not.toBe(targetKey(posed.expected));
        expect([pair[task.given], pair[hiddenHalf(task)]]).toEqual([x, theta]);
        expect(theta).toBe(posed.query.theta);
        expect(misleading).not.toBe(theta);
      }
    }
  });

  it("says how many shots and prompts there are", () => {
    expect(() => posePrompt(tasks[0]!, 9, 0, prompts)).toThrow(/9 shots: these prompts allow 1 to 8/);
    expect(() => posePrompt(tasks[0]!, 4, 0, officialPrompts("ft_test"))).toThrow(/1 to 3/);
    expect(() => posePrompt(tasks[0]!, 0, 0, prompts)).toThrow(RangeError);
    expect(() => posePrompt(tasks[0]!, 2, 1000, prompts)).toThrow(/prompts 0 to 999/);
  });
});
