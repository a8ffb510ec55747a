import sharp from "sharp";
import { beforeAll, describe, expect, it } from "vitest";
import { animals, objects } from "../../../src/cobsat/vocabulary.ts";
import { drawScene } from "../../../src/micro/world/draw.ts";
import { contactSheet, rasterize, renderScene } from "../../../src/micro/world/rasterize.ts";
import { benchmarkSeed, overviewScenes, pairScene, sampleScene, themeTables, worldThemes } from "../../../src/micro/world/sample.ts";
import { companions, sides, sizes, tones } from "../../../src/micro/world/scene.ts";
import type { Scene } from "../../../src/micro/world/scene.ts";
import { Random } from "../../../src/random/random.ts";

const plain = { size: "large", side: "center", tone: "light", seed: "train/plain" } as const;

function difference(a: Uint8Array, b: Uint8Array): number {
  return a.reduce((sum, value, i) => sum + Math.abs(value - b[i]!), 0) / a.length;
}

/** The least difference among pictures, and the two names it lies between. */
function closest(pictures: ReadonlyMap<string, Uint8Array>): { pair: string; distance: number } {
  let least = { pair: "", distance: Infinity };
  for (const [a, first] of pictures) {
    for (const [b, second] of pictures) {
      if (a >= b) continue;
      const distance = difference(first, second);
      if (distance < least.distance) least = { pair: `${a} ${b}`, distance };
    }
  }
  return least;
}

describe.each(worldThemes)("theme %s", (theme) => {
  const table = themeTables[theme], pictures = new Map<string, Uint8Array>();
  beforeAll(async () => {
    for (const detail of table.details) pictures.set(detail, await renderScene({ subject: table.subjects[3]!, ...table.slot(detail), ...plain }));
  });

  it("draws every pair as 64 x 64 SVG without text or undefined numbers", () => {
    for (const detail of table.details) {
      for (const subject of table.subjects) {
        const svg = drawScene(pairScene(theme, detail, subject));
        expect(svg, `${detail} ${subject}`).toMatch(/^<svg [^>]*width="64" height="64"/);
        expect(svg, `${detail} ${subject}`).not.toMatch(/NaN|undefined|Infinity|<text/);
      }
    }
  });

  it("leaves no pixel transparent", async () => {
    for (const detail of table.details) {
      const { channels } = await sharp(Buffer.from(drawScene(pairScene(theme, detail, table.subjects[0]!)))).stats();
      expect(channels[3]?.min ?? 255, detail).toBe(255);
    }
  });

  it("gives 64 * 64 * 3 bytes, and a visibly different picture for every detail", () => {
    for (const picture of pictures.values()) expect(picture.length).toBe(64 * 64 * 3);
    const { pair, distance } = closest(pictures);
    expect(distance, pair).toBeGreaterThan(4);
  });
});

describe("subjects", () => {
  it.each([["objects", objects], ["animals", animals]] as const)("tells the %s apart in one colour", async (_kind, subjects) => {
    const pictures = new Map<string, Uint8Array>();
    for (const subject of subjects) pictures.set(subject, await renderScene({ subject, color: "blue", ...plain }));
    const { pair, distance } = closest(pictures);
    expect(distance, pair).toBeGreaterThan(4);
  });

  it("keeps every subject inside the frame at every side and size", async () => {
    const border = (picture: Uint8Array): number[] => {
      const found: number[] = [];
      for (let i = 0; i < 64 * 64; i++) {
        const x = i % 64, y = (i / 64) | 0, [r, g, b] = [picture[i * 3]!, picture[i * 3 + 1]!, picture[i * 3 + 2]!];
        if ((x === 0 || x === 63 || y === 0 || y === 63) && r - Math.max(g, b) > 60) found.push(i);
      }
      return found;
    };
    for (const subject of [...objects, ...animals]) {
      for (const side of sides) {
        const picture = await renderScene({ ...plain, subject, color: "red", side, tone: "cool", seed: `train/inside/${side}/${subject}` });
        expect(border(picture), `${subject} ${side}`).toEqual([]);
      }
    }
  });

  it.each([["size", sizes], ["side", sides], ["tone", tones], ["companion", companions]] as const)("shows every %s", async (slot, values) => {
    const pictures = new Map<string, Uint8Array>();
    for (const value of values) pictures.set(value, await renderScene({ ...plain, subject: "cup", color: "green", [slot]: value } as Scene));
    const { pair, distance } = closest(pictures);
    expect(distance, pair).toBeGreaterThan(0.8);
  });
});

describe("seeds", () => {
  const scene = pairScene("action", "read", "lion");

  it("gives the same picture for the same scene and another for another seed", async () => {
    const [first, again, other] = [await renderScene(scene), await rasterize(drawScene(scene)), await renderScene({ ...scene, seed: "train/1" })];
    expect(again).toEqual(first);
    expect(difference(first, other)).toBeGreaterThan(1);
  });

  it("gives every benchmark pair a seed of its own, in a namespace of its own", () => {
    const seeds = worldThemes.flatMap((theme) => themeTables[theme].details.flatMap((detail) => themeTables[theme].subjects.map((subject) => benchmarkSeed(theme, detail, subject))));
    expect(new Set(seeds).size).toBe(500);
    expect(seeds.every((seed) => seed.startsWith("bench/"))).toBe(true);
  });

  it("refuses details that a subject cannot carry, and names the scene", () => {
    expect(() => drawScene({ ...plain, subject: "cat", style: "lego" })).toThrow(/train\/plain.*style and texture are drawn for objects.*cat/);
    expect(() => drawScene({ ...plain, subject: "cup", action: "swim" })).toThrow(/an action needs an animal, found "cup"/);
    expect(() => drawScene({ ...plain, subject: "cup", style: "lego", texture: "wood" })).toThrow(/a style or a texture, found both/);
    expect(() => pairScene("color", "teal", "cup")).toThrow(/theme color.*found "teal"/);
    expect(() => pairScene("color", "red", "cat")).toThrow(/theme color.*found "cat"/);
  });
});

describe("sampleScene", () => {
  const random = new Random("test", "sample");
  const scenes = Array.from({ length: 3000 }, (_, i) => sampleScene(random, { seed: `train/${i}` }));
  const details = (scene: Scene): string[] => worldThemes.filter((theme) => scene[theme] !== undefined);

  it("sets one detail four times in five, two otherwise, and a companion half of the time", () => {
    const share = (test: (scene: Scene) => boolean): number => scenes.filter(test).length / scenes.length;
    expect(share((scene) => details(scene).length === 1)).toBeCloseTo(0.8, 1);
    expect(share((scene) => details(scene).length === 2)).toBeCloseTo(0.2, 1);
    expect(share((scene) => scene.companion !== undefined)).toBeCloseTo(0.5, 1);
  });

  it("draws every scene it samples", () => {
    for (const scene of scenes.slice(0, 300)) expect(() => drawScene(scene)).not.toThrow();
  });

  it("keeps one-detail scenes to CoBSAT's pairs and to a theme where one is asked for", () => {
    for (const scene of scenes.filter((each) => details(each).length === 1)) {
      const [theme] = details(scene) as [(typeof worldThemes)[number]];
      if (!themeTables[theme].subjects.includes(scene.subject)) expect.fail(`${theme} ${scene.subject}`);
    }
    expect(details(sampleScene(random, { seed: "train/x", theme: "style", twoDetails: 0 }))).toEqual(["style"]);
  });
});

it("shows every value of every theme in the overview", () => {
  const scenes = overviewScenes(2);
  expect(scenes.length).toBe(100);
  for (const theme of worldThemes) expect(new Set(scenes.map((scene) => scene[theme]).filter((value) => value !== undefined)).size).toBe(10);
});

it("lays pictures out as an enlarged PNG sheet", async () => {
  const sheet = await contactSheet([{ ...plain, subject: "cup" }, { ...plain, subject: "dog" }, { ...plain, subject: "car" }], 2, 2);
  expect(sheet.subarray(1, 4).toString()).toBe("PNG");
  expect([sheet.readUInt32BE(16), sheet.readUInt32BE(20)]).toEqual([264, 264]);
});
