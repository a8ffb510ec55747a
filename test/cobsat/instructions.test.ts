import { describe, expect, it } from "vitest";
import { captioningPrompts, cobsatInstruction, cobsatMessage } from "../../src/cobsat/instructions.ts";

describe("instructions", () => {
  it("has the paper's sixteen captioning prompts, the last five asking for a diffusion prompt", () => {
    expect(captioningPrompts).toHaveLength(16);
    expect(new Set(captioningPrompts.map(prompt => prompt.text)).size).toBe(16);
    expect(captioningPrompts.map(prompt => prompt.diffusion)).toEqual(captioningPrompts.map(prompt => prompt.text.includes("diffusion")));
    expect(captioningPrompts.filter(prompt => prompt.diffusion)).toHaveLength(5);
  });
  it("puts words and images as the released code does", () => {
    expect(cobsatMessage(["red", "blue"], "green")).toEqual([
      { type: "text", text: `${cobsatInstruction}\n\nWord 1: red, ` }, { type: "image" }, { type: "text", text: "\n\nWord 2: blue, " }, { type: "image" }, { type: "text", text: "\n\nWord 3: green, " },
    ]);
    expect(cobsatMessage([], "green")).toEqual([{ type: "text", text: `${cobsatInstruction}\n\nWord 1: green, ` }]);
  });
});
