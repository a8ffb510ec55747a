import { describe, expect, it } from "vitest";
import { sceneDetails } from "../../../src/micro/language/details.ts";
import { severalDetails } from "../../../src/micro/pretraining/corpus.ts";
import { choices } from "../../../src/micro/pretraining/judge.ts";
import { drawScene } from "../../../src/micro/world/draw.ts";

describe("pictures of several details", () => {
  const scenes = Array.from({ length: 60 }, (_, i) => severalDetails("judge", i));

  it("show two or three, can be drawn, and have seeds of their own", () => {
    const counts = new Set(scenes.map((scene) => sceneDetails(scene).length));
    expect([...counts].sort()).toEqual([2, 3]);
    expect(new Set(scenes.map(drawScene)).size).toBe(scenes.length);
    for (const { seed } of scenes) expect(seed).toMatch(/^judge\/several\//);
  });

  it("are asked for a detail among its theme's ten, and for the subject among its kind", () => {
    const asked = scenes.map((scene) => ({ subject: scene.subject, ...sceneDetails(scene).at(-1)! }));
    for (const half of ["detail", "object"] as const) {
      const { [half]: labels, [`outside ${half}`]: outside } = choices(asked, half), width = outside!.shape[1]!, open = asked.map((_, b) => [...outside!.data.subarray(b * width, (b + 1) * width)].flatMap((x, i) => (x === 0 ? [i] : [])));
      asked.forEach((_, b) => expect(open[b]).toHaveLength(10));
      asked.forEach((_, b) => expect(open[b]).toContain(labels!.data[b]));
      // One value of a group has one place, whatever else is asked of its picture.
      const places = new Map(asked.map(({ slot, value, subject }, b) => [half === "detail" ? `${slot} ${value}` : subject, labels!.data[b]]));
      expect(new Set(places.values()).size).toBe(places.size);
    }
  });
});
