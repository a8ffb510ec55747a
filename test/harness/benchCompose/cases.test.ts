import { describe, expect, it } from "vitest";
import { composeCase, targetCaption } from "../../../src/harness/benchCompose/cases.ts";
import { composeOutcome } from "../../../src/harness/benchCompose/lines.ts";
import { composeTasks } from "../../../src/harness/benchCompose/tasks.ts";
import { surface } from "../../../src/micro/language/details.ts";
import { drawScene } from "../../../src/micro/world/draw.ts";

const cases = composeTasks.flatMap(({ name }) => Array.from({ length: 24 }, (_, i) => composeCase(name, i)));

describe("compose cases", () => {
  it("share the subject among images, give each image one detail and the text another, and ask for all of it", () => {
    for (const { task, pictures, text, expected, target } of cases) {
      expect(pictures).toHaveLength(task.images);
      expect(text !== "").toBe(task.text);
      expect(expected).toHaveLength(1 + task.images + Number(task.text));
      for (const { slot, value, from } of expected) {
        if (slot === "object") expect([...pictures, target].map(({ subject }) => subject)).toEqual([...pictures, target].map(() => value));
        else {
          expect(target[slot]).toBe(value);
          expect(pictures.map((picture) => picture[slot])).toEqual(pictures.map((_, i) => (from === `image ${i + 1}` ? value : undefined)));
          if (from === "text") expect(text).toContain(surface(value).replace("amusement ", ""));
        }
        expect(targetCaption({ target } as never)).toContain(surface(value));
      }
    }
  });

  it("can all be drawn, from seeds of their own that no two pictures share", () => {
    const scenes = cases.flatMap(({ pictures, target }) => [...pictures, target]);
    expect(new Set(scenes.map(drawScene)).size).toBe(scenes.length);
    for (const { seed } of scenes) expect(seed).toMatch(/^compose\//);
  });

  it("are the same again", () => expect(composeCase("2I+T", 17)).toEqual(composeCase("2I+T", 17)));
});

it("an outcome names what was missed", () => {
  const expected = [{ slot: "object", value: "car", from: "images" }, { slot: "color", value: "red", from: "image 1" }, { slot: "background", value: "beach", from: "text" }] as const;
  expect(composeOutcome(expected, { object: "car", color: "red", background: "beach" })).toEqual({ outcome: "correct" });
  expect(composeOutcome(expected, { object: "hat", color: "red", background: null })).toEqual({ outcome: "wrong", missed: ["object", "background"] });
});
