import { filled, stroke } from "./paint.ts";
import { ellipse, polygon, rectangle, star } from "./shapes.ts";
import type { Companion } from "./scene.ts";

/** The icons' parts in a box of 24 x 24 units: path and colour, drawn in order. */
const icons: Record<Companion, readonly (readonly [d: string, color: string])[]> = {
  star: [[star(12, 13, 12, 5, 5), "#ffd21f"]],
  moon: [["M16 1 C4 2 0 16 10 22 C15 24 20 22 23 18 C12 19 10 8 16 1 Z", "#ffe99a"]],
  heart: [["M12 22 C-8 8 4 -4 12 6 C20 -4 32 8 12 22 Z", "#f0325a"]],
  cloud: [["M6 20 C-2 20 -1 10 6 10 C7 2 18 2 18 9 C26 9 26 20 18 20 Z", "#dfeaf5"]],
  flower: [...[0, 1, 2, 3, 4].map((i) => [ellipse(12 + 6.5 * Math.sin(i * 1.2566), 12 - 6.5 * Math.cos(i * 1.2566), 5), "#f47cc0"] as const), [ellipse(12, 12, 4), "#ffd21f"]],
  mushroom: [[rectangle(8, 11, 8, 12, 3), "#f6e9cf"], ["M0 13 C0 -3 24 -3 24 13 Z", "#d92b2b"], [ellipse(7, 7, 2.6), "#ffffff"], [ellipse(16, 6, 2.6), "#ffffff"]],
  flag: [[rectangle(3, 1, 3, 23), "#5d4a3a"], [polygon(6, 2, 23, 6, 6, 14), "#2f9d4a"]],
  lamp: [[rectangle(10, 12, 4, 10), "#5d4a3a"], [rectangle(5, 20, 14, 4), "#5d4a3a"], [polygon(7, 1, 17, 1, 23, 14, 1, 14), "#ffb62e"]],
};

/** A companion icon of `size` pixels with its upper left corner at (x, y), outlined so that it shows on any backdrop. */
export function drawCompanion(companion: Companion, x: number, y: number, size: number): string {
  const parts = icons[companion];
  const outlines = parts.map(([d]) => stroke(d, 6, "#ffffff")).join("") + parts.map(([d]) => stroke(d, 3, "#25252b")).join("");
  return `<g transform="translate(${x} ${y}) scale(${size / 24})">${outlines}${parts.map(([d, color]) => filled(d, color)).join("")}</g>`;
}
