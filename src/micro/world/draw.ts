import { actions, animals, backgrounds, colors, objects, styles, textures } from "../../cobsat/vocabulary.ts";
import type { Animal, ObjectName } from "../../cobsat/vocabulary.ts";
import { Random } from "../../random/random.ts";
import { acts } from "./actions.ts";
import { coatOf, drawAnimal } from "./animals.ts";
import { drawBackdrop, drawBackground } from "./backgrounds.ts";
import { drawCompanion } from "./companions.ts";
import { objectDesigns } from "./objects.ts";
import { backing, bold, colorOf, defaults, filled, flat } from "./paint.ts";
import { channels, colorValues, mix, paletteOf } from "./palette.ts";
import type { Palette } from "./palette.ts";
import type { Scene } from "./scene.ts";
import { ellipse } from "./shapes.ts";
import { stickerColors, styleDesigns } from "./styles.ts";
import { textureSurface } from "./textures.ts";

/** Side of a picture, in pixels. */
export const frameSize = 64;

/** Side in pixels of the subject's box of 100 units, before the nuisances. */
const extents = { small: 31, large: 43 } as const;

/** What the seed decides: nothing that a caption names. */
interface Nuisance {
  readonly dx: number;
  readonly dy: number;
  readonly scale: number;
  readonly degrees: number;
  readonly tint: readonly [number, number, number];
  readonly pebbles: readonly (readonly [x: number, y: number, radius: number])[];
  readonly companionLeft: boolean;
}

function nuisanceOf(seed: string): Nuisance {
  const random = new Random("scene", seed);
  return {
    dx: random.uniform(-2, 2), dy: random.uniform(-2, 2), scale: random.uniform(0.94, 1.06), degrees: random.uniform(-5, 5),
    tint: [random.uniform(-8, 8), random.uniform(-8, 8), random.uniform(-8, 8)],
    pebbles: Array.from({ length: 2 + random.int(3) }, () => [random.uniform(3, 61), random.uniform(55, 62), random.uniform(0.7, 1.3)] as const),
    companionLeft: random.chance(0.5),
  };
}

const isAnimal = (subject: Scene["subject"]): subject is Animal => (animals as readonly string[]).includes(subject);

/** Refuses a scene whose details its subject cannot carry or whose values are not in the vocabulary. */
function check(scene: Scene): void {
  const fail = (what: string): never => { throw new RangeError(`scene "${scene.seed}": ${what}`); };
  const known: readonly (readonly [string, string | undefined, readonly string[]])[] = [
    ["subject", scene.subject, [...objects, ...animals]], ["color", scene.color, colors], ["background", scene.background, backgrounds],
    ["style", scene.style, styles], ["action", scene.action, actions], ["texture", scene.texture, textures],
  ];
  for (const [slot, value, list] of known) if (value !== undefined && !list.includes(value)) fail(`expected ${slot} to be one of ${list.join(", ")}, found "${value}"`);
  if (isAnimal(scene.subject) && (scene.style !== undefined || scene.texture !== undefined)) fail(`style and texture are drawn for objects, found the animal "${scene.subject}"`);
  if (!isAnimal(scene.subject) && scene.action !== undefined) fail(`an action needs an animal, found "${scene.subject}"`);
  if (scene.style !== undefined && scene.texture !== undefined) fail("a scene has a style or a texture, found both");
}

function drawSubject(animal: Animal, palette: Palette, scene: Scene): string {
  const act = scene.action === undefined ? undefined : acts[scene.action];
  const drawing = drawAnimal(animal, act?.pose ?? "stand", act?.face ?? { eyes: "open", mouth: "smile" }, palette);
  const surface = flat(palette), flush = act?.flush;
  const face = flush === undefined ? surface : { fill: (paint: Parameters<typeof colorOf>[0]) => (paint === "main" ? flush : paint.startsWith("#") && paint !== "#ffffff" && paint !== "#17171a" ? mix(paint, flush, 0.35) : colorOf(paint, paletteOf(flush))) };
  const body = bold(drawing, [surface, surface, face]);
  return (act?.behind ?? "") + (act?.lift ? `<g transform="translate(0 ${act.lift})">${body}</g>` : body) + (act?.front ?? "");
}

function drawObject(object: ObjectName, palette: Palette, scene: Scene): string {
  const { drawing } = objectDesigns[object];
  if (scene.style !== undefined) {
    const paper = scene.background === undefined ? undefined : stickerColors[scene.style];
    return (paper === undefined ? "" : backing(drawing, 26, paper)) + styleDesigns[scene.style].subject(drawing, palette);
  }
  if (scene.texture !== undefined) {
    const { defs, surface } = textureSurface(scene.texture, scene.color === undefined ? undefined : colorValues[scene.color]);
    return defs + bold(drawing, surface);
  }
  return bold(drawing, flat(palette));
}

function jitter(color: string, tint: readonly [number, number, number]): string {
  const hex = channels(color).map((value, i) => Math.round(Math.max(0, Math.min(255, value + tint[i]!))).toString(16).padStart(2, "0"));
  return `#${hex.join("")}`;
}

/**
 * A scene as SVG text of 64 x 64 pixels: backdrop, clutter, subject in its detail, companion, overlay.
 * @throws RangeError where the subject cannot carry a detail.
 */
export function drawScene(scene: Scene): string {
  check(scene);
  const { dx, dy, scale, degrees, tint, pebbles, companionLeft } = nuisanceOf(scene.seed);
  const { subject } = scene, style = scene.style === undefined ? undefined : styleDesigns[scene.style];
  const natural = isAnimal(subject) ? coatOf(subject) : objectDesigns[subject].natural;
  const palette = paletteOf(jitter(scene.color === undefined ? natural : colorValues[scene.color], tint));

  const extent = extents[scene.size] * scale;
  const reach = Math.max(0, frameSize / 2 - extent * 0.54 - 2);
  const aside = { left: -9, center: 0, right: 9 }[scene.side] + dx;
  const x = frameSize / 2 + Math.max(-reach, Math.min(reach, aside)), y = frameSize / 2 + Math.max(-reach, Math.min(reach, 2.5 + dy));
  const place = `translate(${x.toFixed(2)} ${y.toFixed(2)}) rotate(${(style?.upright ? 0 : degrees).toFixed(2)}) scale(${(extent / 100).toFixed(4)}) translate(-50 -50)`;

  const sheet = scene.background !== undefined ? `<g transform="translate(${dx.toFixed(2)} ${dy.toFixed(2)})">${drawBackground(scene.background)}</g>` : style?.backdrop ?? drawBackdrop(scene.tone);
  const ground = scene.background === undefined && style === undefined;
  const clutter = ground ? pebbles.map(([u, v, r]) => filled(ellipse(u, v, r * 1.3, r), "#7d7870", 0.8)).join("") + filled(ellipse(x, y + extent * 0.5, extent * 0.48, extent * 0.07), "#000000", 0.22) : "";
  const companionX = (scene.side === "center" ? companionLeft : scene.side === "right") ? 2 : frameSize - 16;
  const companion = scene.companion === undefined ? "" : drawCompanion(scene.companion, companionX, 2, 14);
  const art = isAnimal(subject) ? drawSubject(subject, palette, scene) : drawObject(subject, palette, scene);
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${frameSize}" height="${frameSize}" viewBox="0 0 ${frameSize} ${frameSize}" ${defaults}>${sheet}${clutter}<g transform="${place}">${art}</g>${companion}${style?.overlay ?? ""}</svg>`;
}

/** Whether the backdrop's tone can be seen: scenery and styles bring their own. */
export function showsTone(scene: Scene): boolean {
  return scene.background === undefined && scene.style === undefined;
}
