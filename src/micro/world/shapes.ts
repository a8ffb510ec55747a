/**
 * Drawings are layers of parts in a box of 100 x 100 units (y down). Path data use the absolute commands M L Q C Z only,
 * so that the same drawing can be filled, traced, cut into bricks or folded.
 */
import type { Palette } from "./palette.ts";

/** A surface of the subject's palette, or a fixed hex colour. */
export type Paint = keyof Palette | `#${string}`;

export interface Part {
  readonly d: string;
  readonly paint: Paint;
  /** Width of a stroked line; a part without it is filled. */
  readonly width?: number;
  /** Lies inside the silhouette: gets no outline of its own. */
  readonly inner: boolean;
}

/** One group of parts sharing an outline; later layers lie on top. */
export type Layer = readonly Part[];
export type Drawing = readonly Layer[];
export type Point = readonly [x: number, y: number];

export const shape = (d: string, paint: Paint = "main"): Part => ({ d, paint, inner: false });
export const rope = (d: string, width: number, paint: Paint = "main"): Part => ({ d, paint, width, inner: false });
export const mark = (d: string, paint: Paint = "shade"): Part => ({ d, paint, inner: true });
export const line = (d: string, width: number, paint: Paint = "shade"): Part => ({ d, paint, width, inner: true });

const round = (value: number): number => Math.round(value * 10) / 10;

/** Path of an ellipse turned by `degrees`. */
export function ellipse(cx: number, cy: number, rx: number, ry = rx, degrees = 0): string {
  const cos = Math.cos((degrees * Math.PI) / 180), sin = Math.sin((degrees * Math.PI) / 180), k = 0.5523;
  const at = (x: number, y: number): string => `${round(cx + x * rx * cos - y * ry * sin)} ${round(cy + x * rx * sin + y * ry * cos)}`;
  return `M${at(1, 0)} C${at(1, k)} ${at(k, 1)} ${at(0, 1)} C${at(-k, 1)} ${at(-1, k)} ${at(-1, 0)} C${at(-1, -k)} ${at(-k, -1)} ${at(0, -1)} C${at(k, -1)} ${at(1, -k)} ${at(1, 0)} Z`;
}

/** Path of a closed polygon given as x, y, x, y, ... */
export function polygon(...coordinates: readonly number[]): string {
  const points: string[] = [];
  for (let i = 0; i < coordinates.length; i += 2) points.push(`${round(coordinates[i]!)} ${round(coordinates[i + 1]!)}`);
  return `M${points.join(" L")} Z`;
}

/** Path of a rectangle with corners of radius r. */
export function rectangle(x: number, y: number, w: number, h: number, r = 0): string {
  if (r === 0) return polygon(x, y, x + w, y, x + w, y + h, x, y + h);
  return `M${x + r} ${y} L${x + w - r} ${y} Q${x + w} ${y} ${x + w} ${y + r} L${x + w} ${y + h - r} Q${x + w} ${y + h} ${x + w - r} ${y + h} L${x + r} ${y + h} Q${x} ${y + h} ${x} ${y + h - r} L${x} ${y + r} Q${x} ${y} ${x + r} ${y} Z`;
}

/** Path of a star with `tips` points. */
export function star(cx: number, cy: number, outer: number, inner: number, tips: number): string {
  const coordinates: number[] = [];
  for (let i = 0; i < tips * 2; i++) {
    const angle = (Math.PI * i) / tips - Math.PI / 2, radius = i % 2 === 0 ? outer : inner;
    coordinates.push(cx + radius * Math.cos(angle), cy + radius * Math.sin(angle));
  }
  return polygon(...coordinates);
}

/** The same part moved by (dx, dy) units. */
export function moved(part: Part, dx: number, dy: number): Part {
  let index = 0;
  return { ...part, d: part.d.replace(/-?\d+(\.\d+)?/g, (text) => String(round(Number(text) + (index++ % 2 === 0 ? dx : dy)))) };
}

/** The rings of a path as polylines, each curve cut into `steps` chords. */
export function flatten(d: string, steps = 8): Point[][] {
  const rings: Point[][] = [];
  let ring: Point[] = [];
  for (const [, command, text] of d.matchAll(/([MLQCZ])([^MLQCZ]*)/g)) {
    const numbers = (text!.match(/-?\d+(\.\d+)?/g) ?? []).map(Number);
    if (command === "M") rings.push(ring = []);
    const stride = command === "Q" ? 4 : command === "C" ? 6 : 2;
    for (let i = 0; i + stride <= numbers.length; i += stride) {
      const ends: Point[] = [ring.at(-1) ?? [0, 0]];
      for (let j = 0; j < stride; j += 2) ends.push([numbers[i + j]!, numbers[i + j + 1]!]);
      if (stride === 2) ring.push(ends[1]!);
      else for (let step = 1; step <= steps; step++) ring.push(bezier(ends, step / steps));
    }
  }
  return rings;
}

/** The point at t (0..1) of a Bézier curve, by de Casteljau's construction. */
function bezier(controls: readonly Point[], t: number): Point {
  let points = controls;
  while (points.length > 1) points = points.slice(1).map(([x, y], i): Point => [points[i]![0] + (x - points[i]![0]) * t, points[i]![1] + (y - points[i]![1]) * t]);
  return points[0]!;
}

/** Whether a point lies in a part: inside its rings (even-odd), or within half its width of its line. */
export function covers(part: Part, rings: readonly (readonly Point[])[], [x, y]: Point): boolean {
  let inside = false;
  for (const ring of rings) {
    for (let i = 0; i < ring.length; i++) {
      const [bx, by] = ring[i]!, [ax, ay] = ring[i === 0 ? (part.width === undefined ? ring.length - 1 : 0) : i - 1]!;
      if (part.width !== undefined) {
        const length2 = (bx - ax) ** 2 + (by - ay) ** 2;
        const t = length2 === 0 ? 0 : Math.max(0, Math.min(1, ((x - ax) * (bx - ax) + (y - ay) * (by - ay)) / length2));
        if (Math.hypot(x - ax - t * (bx - ax), y - ay - t * (by - ay)) <= part.width / 2) return true;
      } else if (ay > y !== by > y && x < ax + ((y - ay) / (by - ay)) * (bx - ax)) inside = !inside;
    }
  }
  return inside;
}
