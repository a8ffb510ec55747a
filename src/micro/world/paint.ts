import type { Palette } from "./palette.ts";
import type { Drawing, Paint, Part } from "./shapes.ts";

/** How a surface is filled: an SVG paint for each part, and optionally a translucent veil drawn over it. */
export interface Surface {
  fill(paint: Paint): string;
  veil?(paint: Paint): string | undefined;
}

/** A fixed hex colour as it is, a palette's surface as its colour. */
export function colorOf(paint: Paint, palette: Palette): string {
  return paint.startsWith("#") ? paint : palette[paint as keyof Palette];
}

/** A surface of a palette without texture, each colour passed through `change`. */
export const flat = (palette: Palette, change: (color: string) => string = (color) => color): Surface => ({ fill: (paint) => change(colorOf(paint, palette)) });

/** What every picture's root element sets, so that no path need say it: lines are round at ends and corners, fills even-odd. */
export const defaults = `fill="none" fill-rule="evenodd" stroke-linecap="round" stroke-linejoin="round"`;

/** A line along a path. */
export function stroke(d: string, width: number, color: string, opacity = 1): string {
  return `<path d="${d}" stroke="${color}" stroke-width="${width}"${opacity === 1 ? "" : ` opacity="${opacity}"`}/>`;
}

/** A filled path. */
export function filled(d: string, color: string, opacity = 1): string {
  return `<path d="${d}" fill="${color}"${opacity === 1 ? "" : ` opacity="${opacity}"`}/>`;
}

/** The silhouette of some parts grown by `extra` / 2 units on each side, as strokes. */
export function outline(parts: readonly Part[], extra: number, color: string, opacity = 1): string {
  const paths = new Map<number, string>();
  for (const { d, width = 0, inner } of parts) if (!inner) paths.set(width, `${paths.get(width) ?? ""}${d} `);
  const strokes = [...paths].map(([width, d]) => stroke(d, width + extra, color)).join("");
  return opacity === 1 ? strokes : `<g opacity="${opacity}">${strokes}</g>`;
}

/** The parts' own fills and lines, bottom to top. */
export function fills(parts: readonly Part[], surface: Surface): string {
  return parts.map((part) => {
    const draw = (color: string): string => (part.width === undefined ? filled(part.d, color) : stroke(part.d, part.width, color));
    const veil = surface.veil?.(part.paint);
    return draw(surface.fill(part.paint)) + (veil === undefined ? "" : draw(veil));
  }).join("");
}

/** The silhouette filled with one colour and grown by `extra` / 2 units: a sticker's backing. */
export function backing(drawing: Drawing, extra: number, color: string): string {
  const parts = drawing.flat();
  return outline(parts, extra, color) + parts.filter((part) => !part.inner && part.width === undefined).map((part) => filled(part.d, color)).join("");
}

/** A drawing in bold: light halo around all of it, dark outline around each layer, then the fills. */
export function bold(drawing: Drawing, surfaces: Surface | readonly Surface[]): string {
  const halo = outline(drawing.flat(), 11, "#ffffff");
  return halo + drawing.map((layer, i) => outline(layer, 6, "#1d1d22") + fills(layer, "length" in surfaces ? surfaces[i]! : surfaces)).join("");
}
