import { actions, animals, backgrounds, colors, objects, styles, textures } from "../../cobsat/vocabulary.ts";
import type { Action, Background, Color, Style, Texture } from "../../cobsat/vocabulary.ts";
import { Random } from "../../random/random.ts";
import { companions, sides, sizes, tones } from "./scene.ts";
import type { Scene } from "./scene.ts";

/** CoBSAT's five themes: a detail slot and the kind of subject that carries it. */
export const worldThemes = ["color", "background", "style", "action", "texture"] as const;
export type WorldTheme = (typeof worldThemes)[number];

type Details = Pick<Scene, "color" | "background" | "style" | "action" | "texture">;

/** A theme's ten details and ten subjects, and a scene's slot for one detail. */
interface ThemeTable {
  readonly details: readonly string[];
  readonly subjects: readonly Scene["subject"][];
  slot(detail: string): Details;
}

export const themeTables: Record<WorldTheme, ThemeTable> = {
  color: { details: colors, subjects: objects, slot: (detail) => ({ color: detail as Color }) },
  background: { details: backgrounds, subjects: animals, slot: (detail) => ({ background: detail as Background }) },
  style: { details: styles, subjects: objects, slot: (detail) => ({ style: detail as Style }) },
  action: { details: actions, subjects: animals, slot: (detail) => ({ action: detail as Action }) },
  texture: { details: textures, subjects: objects, slot: (detail) => ({ texture: detail as Texture }) },
};

/** Pairs of slots that one picture shows together, and the subjects that can carry both. */
const compatible: readonly (readonly [WorldTheme, WorldTheme, readonly Scene["subject"][]])[] = [
  ["color", "background", [...objects, ...animals]], ["texture", "background", objects], ["style", "background", objects],
  ["action", "background", animals], ["color", "action", animals], ["color", "texture", objects], ["color", "style", objects],
];

/** Styles that replace every colour, so that no caption may name one. */
const colorless: readonly Style[] = ["old", "futuristic", "3d", "sketch"];
/** Materials known by their own colour as much as by their pattern. */
const uncolored: readonly Texture[] = ["denim", "leather", "metal"];

export interface SampleOptions {
  /** Names the stream of the picture's nuisances. */
  readonly seed: string;
  /** Share of scenes with two details instead of one; 0.2 by default. */
  readonly twoDetails?: number;
  /** Share of scenes with a companion; 0.5 by default. */
  readonly companion?: number;
  /** Draws one-detail scenes from this theme only. */
  readonly theme?: WorldTheme;
}

function incidental(random: Random, companion: number): Pick<Scene, "size" | "side" | "tone" | "companion"> {
  const attributes = { size: random.pick(sizes), side: random.pick(sides), tone: random.pick(tones) };
  return random.chance(companion) ? { ...attributes, companion: random.pick(companions) } : attributes;
}

/** A random training scene: one detail slot of a uniform theme and pair, or two compatible slots. */
export function sampleScene(random: Random, options: SampleOptions): Scene {
  const attributes = incidental(random, options.companion ?? 0.5), { seed } = options;
  if (!random.chance(options.twoDetails ?? 0.2)) {
    const table = themeTables[options.theme ?? random.pick(worldThemes)];
    return { subject: random.pick(table.subjects), ...table.slot(random.pick(table.details)), ...attributes, seed };
  }
  const [first, second, subjects] = random.pick(compatible);
  const excluded: readonly string[] = first === "color" ? [...colorless, ...uncolored] : [];
  const pick = (theme: WorldTheme): Details => themeTables[theme].slot(random.pick(themeTables[theme].details.filter((detail) => !excluded.includes(detail))));
  return { subject: random.pick(subjects), ...pick(first), ...pick(second), ...attributes, seed };
}

/** The seed of a benchmark pair's picture: "bench/..." belongs to the benchmark alone, training and judges use "train/..." and "judge/...". */
export function benchmarkSeed(theme: WorldTheme, detail: string, subject: Scene["subject"]): string {
  return `bench/${theme}/${detail}/${subject}`;
}

/**
 * A scene of one benchmark pair; its incidental attributes follow from the seed.
 * @throws RangeError where the theme has no such detail or subject.
 */
export function pairScene(theme: WorldTheme, detail: string, subject: Scene["subject"], seed: string = benchmarkSeed(theme, detail, subject)): Scene {
  const table = themeTables[theme];
  if (!table.details.includes(detail)) throw new RangeError(`theme ${theme}: expected a detail of ${table.details.join(", ")}, found "${detail}"`);
  if (!table.subjects.includes(subject)) throw new RangeError(`theme ${theme}: expected a subject of ${table.subjects.join(", ")}, found "${subject}"`);
  return { subject, ...table.slot(detail), ...incidental(new Random("incidental", seed), 0.5), seed };
}

/** Scenes for a sheet of ten columns that shows the world at a glance: for each theme `rows` rows, a column per detail, subjects taking turns. */
export function overviewScenes(rows: number): Scene[] {
  return worldThemes.flatMap((theme) => Array.from({ length: rows }, (_, row) => themeTables[theme].details.map((detail, column) => {
    const subject = themeTables[theme].subjects[(column + 3 * row) % 10]!;
    return pairScene(theme, detail, subject, `overview/${theme}/${detail}/${subject}`);
  })).flat());
}
