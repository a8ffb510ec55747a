import type { Background } from "../../cobsat/vocabulary.ts";
import { filled, stroke } from "./paint.ts";
import { ellipse, polygon, rectangle } from "./shapes.ts";
import type { Tone } from "./scene.ts";

/** Backgrounds fill the frame of 64 x 64 pixels (drawn to 4 pixels beyond it, so that it may shift); what tells them apart is kept at the top and the edges, where the subject leaves it visible. */
const band = (y: number, height: number, color: string): string => filled(rectangle(-6, y, 76, height), color);
const dots = (points: readonly (readonly [number, number, number])[], color: string, opacity = 1): string => points.map(([x, y, r]) => filled(ellipse(x, y, r), color, opacity)).join("");

function ferrisWheel(): string {
  const spokes = [0, 1, 2, 3, 4, 5, 6, 7].map((i) => [32 + 21 * Math.cos((i * Math.PI) / 4 + 0.39), 23 + 21 * Math.sin((i * Math.PI) / 4 + 0.39)] as const);
  return stroke("M32 23 L20 58 M32 23 L44 58", 2, "#6b4a86")
    + stroke(ellipse(32, 23, 21), 2.2, "#d6336c") + stroke(ellipse(32, 23, 14), 1, "#d6336c")
    + spokes.map(([x, y]) => stroke(`M32 23 L${x.toFixed(1)} ${y.toFixed(1)}`, 1, "#8d3fa0")).join("")
    + spokes.map(([x, y], i) => filled(rectangle(x - 3, y - 1, 6, 5, 1.5), ["#ffcf24", "#24b4e0", "#ff7a2f", "#3fbf57"][i % 4]!)).join("");
}

function tent(x: number, color: string): string {
  return filled(polygon(x, 36, x + 11, 46, x - 11, 46), color) + filled(polygon(x, 36, x + 4, 46, x - 4, 46), "#ffffff")
    + filled(rectangle(x - 10, 46, 20, 12), "#ffffff") + [0, 1, 2].map((i) => filled(rectangle(x - 10 + i * 8, 46, 4, 12), color)).join("");
}

const scenery: Record<Background, () => string> = {
  beach: () => band(-6, 36, "#8fd8ff") + filled(ellipse(52, 9, 7), "#fff04d") + band(27, 22, "#1797c9") + stroke("M-4 31 Q4 28 12 31 Q20 34 28 31 Q36 28 44 31 Q52 34 68 31", 1.2, "#d9f6ff") + stroke("M-4 37 Q4 34 12 37 Q20 40 28 37 Q36 34 44 37 Q52 40 68 37", 1.2, "#d9f6ff")
    + filled("M-6 42 Q16 37 34 42 Q52 46 70 40 L70 70 L-6 70 Z", "#f7dfa0") + stroke("M5 52 Q10 30 7 16", 2.6, "#85552a")
    + ["M7 16 Q-2 8 -8 18 Q0 14 7 16 Z", "M7 16 Q4 3 -4 4 Q2 8 7 16 Z", "M7 16 Q12 3 20 6 Q12 9 7 16 Z", "M7 16 Q18 10 22 20 Q14 15 7 16 Z"].map((d) => filled(d, "#1f8f3c")).join(""),
  desert: () => band(-6, 76, "#ffd38a") + filled(ellipse(14, 11, 8), "#fff3c4") + filled("M-6 36 Q12 22 30 34 Q48 24 70 34 L70 70 L-6 70 Z", "#e8a04c") + filled("M-6 46 Q20 36 40 46 Q56 52 70 42 L70 70 L-6 70 Z", "#d58733") + stroke("M-4 56 Q16 49 34 56 Q50 61 68 54", 1, "#b86d22")
    + stroke("M57 50 L57 16 M57 34 Q49 35 49 25 M57 39 Q64 39 64 29", 4.6, "#2f8a43") + stroke("M5 52 L5 32 M5 44 Q11 44 11 38", 3.6, "#2f8a43"),
  glacier: () => band(-6, 76, "#d3ecfa") + filled(polygon(-6, 40, 8, 8, 20, 34, 32, 3, 46, 32, 56, 10, 70, 38, 70, 48, -6, 48), "#8fc6ea")
    + [polygon(8, 8, 20, 34, 12, 42), polygon(32, 3, 46, 32, 36, 44), polygon(56, 10, 70, 38, 60, 44)].map((d) => filled(d, "#5a9fd4")).join("") + [polygon(8, 8, 2, 21, 7, 18, 10, 22, 13, 18), polygon(32, 3, 25, 18, 31, 15, 34, 19, 39, 17), polygon(56, 10, 51, 21, 56, 18, 62, 22)].map((d) => filled(d, "#ffffff")).join("")
    + band(43, 27, "#eef9ff") + filled(polygon(-6, 43, 10, 43, 4, 50, 18, 56, -6, 60), "#b9def3") + filled(polygon(70, 46, 54, 48, 60, 54, 46, 60, 70, 64), "#b9def3"),
  volcano: () => band(-6, 76, "#5b1b2c") + band(20, 50, "#8c2a22") + dots([[18, 4, 9], [30, 1, 10], [44, 4, 9]], "#3a2a30") + filled(ellipse(32, 15, 14, 9), "#ff7a1f", 0.65) + filled("M-6 58 L22 15 L42 15 L70 58 Z", "#2b1d20") + filled("M22 15 L42 15 L46 25 L40 22 L42 44 L35 26 L31 52 L27 25 L20 36 L21 22 L18 22 Z", "#ff5a12") + filled("M25 15 L39 15 L37 20 L33 30 L30 20 Z", "#ffd23b")
    + filled("M-6 52 Q10 48 26 54 Q44 60 70 51 L70 70 L-6 70 Z", "#ff5a12") + stroke("M-4 58 Q10 54 24 59 M36 62 Q50 62 66 57", 1.6, "#ffd23b") + dots([[10, 14, 1.4], [54, 12, 1.4], [50, 24, 1], [14, 26, 1], [58, 32, 1.2], [5, 34, 1.2]], "#ffb02e"),
  park: () => band(-6, 76, "#bfe6ff") + ferrisWheel() + tent(4, "#e0342f") + tent(60, "#2f6fe0") + band(55, 15, "#74c04f") + stroke("M-4 3 Q16 10 32 2 Q48 10 68 3", 0.8, "#5a5a66") + [2, 12, 22, 42, 52, 60].map((x, i) => filled(polygon(x - 2, 5, x + 2, 5, x, 9), ["#ff5a5a", "#ffd23b", "#3fbf57"][i % 3]!)).join(""),
  gym: () => band(-6, 52, "#aeb9c6") + band(-6, 11, "#58667a") + band(44, 26, "#c98d4e") + [48, 54, 60].map((y) => stroke(`M-4 ${y} L68 ${y}`, 0.8, "#94602e")).join("") + stroke("M-2 17 L66 17", 1.8, "#3a3f4a")
    + [3, 9, 55, 61].map((x) => filled(rectangle(x - 2.2, x < 5 || x > 60 ? 11 : 8, 4.4, x < 5 || x > 60 ? 12 : 18, 1), "#22252c")).join("") + stroke("M5 31 L5 50 M59 31 L59 50", 2, "#3a3f4a") + [33, 40].map((y) => [4, 60].map((x) => stroke(`M${x - 5} ${y} L${x + 5} ${y}`, 1.6, "#6c7480") + filled(rectangle(x - 6, y - 2.5, 3, 5, 1), "#d2342f") + filled(rectangle(x + 3, y - 2.5, 3, 5, 1), "#d2342f")).join("")).join("") + filled(rectangle(26, 5, 12, 8), "#ffffff") + stroke(rectangle(29, 8, 6, 4), 1, "#d2342f"),
  waterfall: () => band(-6, 76, "#cfeeff") + filled("M-6 8 Q6 4 18 10 L20 50 L-6 58 Z M70 8 Q58 4 46 10 L44 50 L70 58 Z", "#57804a") + filled("M-6 18 L12 14 L16 52 L-6 58 Z M70 18 L52 14 L48 52 L70 58 Z", "#6d6257") + dots([[0, 10, 7], [10, 10, 6], [54, 10, 6], [64, 10, 7]], "#2f8a3a")
    + filled("M17 8 Q32 4 47 8 L50 52 L14 52 Z", "#5fb9ee") + [20, 26, 32, 38, 44].map((x, i) => stroke(`M${x} ${9 + (i % 2) * 3} L${x + (x - 32) * 0.12} 50`, 1.8, "#ffffff", 0.9)).join("") + filled("M-6 50 Q14 44 32 48 Q50 44 70 50 L70 70 L-6 70 Z", "#2f8fd0") + dots([[12, 50, 5], [20, 49, 4], [44, 49, 4], [52, 50, 5], [32, 48, 4]], "#ffffff", 0.9) + stroke("M2 60 L16 60 M44 61 L60 61", 1.2, "#bfe6ff"),
  space: () => band(-6, 76, "#0b0d2b") + filled(ellipse(20, 44, 26, 12, -30), "#43206e", 0.7) + filled(ellipse(48, 30, 20, 9, -30), "#6a2a86", 0.45) + dots([[4, 6, 1], [24, 4, 0.9], [36, 9, 1.1], [16, 22, 0.9], [5, 34, 1.1], [60, 34, 1], [57, 60, 1.1], [30, 60, 0.9], [44, 3, 0.9], [9, 50, 0.9], [62, 46, 0.9], [50, 24, 0.8], [20, 58, 1]], "#ffffff")
    + filled(ellipse(54, 11, 8), "#e8944a") + filled("M47 8 Q54 11 61.5 8.5 L62 12 Q54 14 46 11 Z", "#c9642e") + stroke(ellipse(54, 11, 13, 3.5, -20), 1.5, "#ffe0a6") + filled(ellipse(9, 14, 5), "#7fc7ff") + filled(ellipse(3, 62, 13, 9), "#9a9aa8") + dots([[2, 58, 2], [10, 61, 1.6]], "#6f6f7e"),
  cave: () => band(-6, 76, "#2c2320") + filled("M10 60 C4 20 18 8 32 8 C46 8 60 20 54 60 Z", "#6b5446") + filled("M18 60 C14 28 24 18 32 18 C40 18 50 28 46 60 Z", "#c9a877") + filled("M-6 -6 L70 -6 L70 8 L62 8 L58 24 L53 7 L47 6 L44 16 L40 4 L33 4 L30 13 L26 4 L20 6 L15 21 L11 8 L6 8 L3 28 L-6 8 Z", "#15100e") + filled("M-6 70 L-6 44 L3 36 L8 52 L13 46 L18 56 L46 56 L51 46 L56 53 L61 36 L70 46 L70 70 Z", "#15100e") + filled("M10 62 Q32 52 54 62 L54 70 L10 70 Z", "#3d2f28"),
  seafloor: () => band(-6, 30, "#1f86c4") + band(20, 20, "#12639f") + band(36, 34, "#0b4a80") + filled("M14 -6 L22 -6 L12 50 L-4 50 Z M36 -6 L46 -6 L58 50 L40 50 Z", "#5cc2ee", 0.28) + filled("M-6 54 Q12 48 32 54 Q50 58 70 51 L70 70 L-6 70 Z", "#d9c189") + stroke("M4 58 Q0 48 5 40 Q9 32 4 22 M10 60 Q14 52 10 44", 2.4, "#2fa65a") + stroke("M58 56 L58 38 M58 48 L52 40 M58 46 L64 38 M58 42 L55 34", 2.8, "#ff5d7a") + stroke(ellipse(14, 14, 2.4), 1, "#d6f3ff") + stroke(ellipse(19, 7, 1.6), 0.9, "#d6f3ff") + stroke(ellipse(49, 20, 2), 1, "#d6f3ff")
    + filled("M50 8 Q55 3 60 8 L64 5 L64 12 L60 9 Q55 14 50 8 Z", "#ffb02e") + filled("M28 6 Q32 2 36 6 L39 4 L39 9 L36 7 Q32 10 28 6 Z", "#ff7a4d"),
};

/** A full-frame scenery as SVG, in pixels of the 64 x 64 frame. */
export function drawBackground(background: Background): string {
  return scenery[background]();
}

/** Wall and floor colours of the plain backdrop. */
export const toneColors: Record<Tone, readonly [wall: string, floor: string]> = {
  light: ["#eeeeea", "#d9d9d3"], dark: ["#4a4d57", "#363841"], warm: ["#f6c993", "#e5ad6f"], cool: ["#a9d3ea", "#84b7d4"],
};

/** A plain backdrop: a wall and a floor of the tone's colours. */
export function drawBackdrop(tone: Tone): string {
  const [wall, floor] = toneColors[tone];
  return band(-6, 76, wall) + band(47, 23, floor);
}
