import { describe, expect, it } from "vitest";
import { officialPrompts } from "../../src/cobsat/prompts.ts";
import { analysisTurns, promptParts, promptTypes, sharedHalfHint, type PromptPart } from "../../src/cobsat/promptTypes.ts";
import { posePrompt, taskOf } from "../../src/cobsat/tasks.ts";

const posed = posePrompt(taskOf("Background-I"), 2, 0, officialPrompts());
const flat = (parts: PromptPart[]): string[] => parts.map((part) => (part.kind === "text" ? part.text : `<${part.pair.detail}_${part.pair.object}>`));

describe("promptParts", () => {
  it("shows words and images in turn, then the query", () => {
    for (const type of ["default", "instruct", "cot"] as const) expect(flat(promptParts(posed, type))).toEqual(["cave", "<cave_monkey>", "space", "<space_monkey>", "gym"]);
  });

  it("names another wrong theta beside each word when misleading, the true one when exact", () => {
    expect(flat(promptParts(posed, "misleading"))).toEqual(["cave cow", "<cave_monkey>", "space dog", "<space_monkey>", "gym pig"]);
    expect(flat(promptParts(posed, "exact"))).toEqual(["cave monkey", "<cave_monkey>", "space monkey", "<space_monkey>", "gym monkey"]);
  });

  it("puts captions in the images' places, and needs them", () => {
    expect(flat(promptParts(posed, "caption", (pair) => `a ${pair.object} in a ${pair.detail}`))).toEqual(["cave", "a monkey in a cave", "space", "a monkey in a space", "gym"]);
    expect(() => promptParts(posed, "caption")).toThrow(/captions/);
  });

  it("shows 3d as wireframe and park as amusement park, whatever the type", () => {
    const prompts = [{ x_list: [8, 4, 0], theta_list: [4, 8, 0, 4] }];
    const style = posePrompt(taskOf("Style-I"), 2, 0, prompts), background = posePrompt(taskOf("Background-II"), 2, 0, prompts);
    for (const type of promptTypes) {
      const words = [style, background].flatMap((p) => flat(promptParts(p, type, () => "caption"))).filter((part) => !part.startsWith("<")).join(" ");
      expect(words).toContain("wireframe");
      expect(words).not.toMatch(/3d|(?<!amusement )park/);
    }
  });
});

describe("the texts around them", () => {
  it("say what is common and ask for the query", () => {
    expect(sharedHalfHint(taskOf("Action-II"))).toBe("All pictures share the same action; each word names the animal of its picture.");
    expect(analysisTurns(posed)[1]).toContain('"gym"');
  });
});
