import type { Texture } from "../../cobsat/vocabulary.ts";
import { filled, stroke } from "./paint.ts";
import type { Surface } from "./paint.ts";
import { luma, mix } from "./palette.ts";
import { ellipse, polygon, rectangle, star } from "./shapes.ts";
import type { Paint } from "./shapes.ts";

/** A material: its natural colour and a tile of `width` x `height` units drawn over that base. */
interface Material {
  readonly natural: string;
  readonly width: number;
  readonly height: number;
  tile(base: string, dark: string, light: string): string;
}

const materials: Record<Texture, Material> = {
  wood: {
    natural: "#bd7f43", width: 100, height: 50,
    tile: (base, dark) => [5, 17, 31, 44].map((y, i) => stroke(`M-5 ${y} Q20 ${y + (i % 2 ? 5 : -4)} 50 ${y} Q80 ${y + (i % 2 ? -5 : 4)} 105 ${y}`, 3.4, dark)).join("")
      + filled(ellipse(34, 24, 15, 8), dark) + filled(ellipse(34, 24, 10, 5), base) + filled(ellipse(34, 24, 5, 2.5), dark) + stroke("M62 10 L84 11 M68 38 L88 37", 2, dark),
  },
  wicker: {
    natural: "#dcb25e", width: 36, height: 36,
    tile: (base, dark, light) => filled(rectangle(0, 0, 36, 36), mix(dark, "#000000", 0.45))
      + [[0, 0], [18, 18]].map(([x, y]) => [2, 10].map((at) => filled(rectangle(x!, y! + at, 18, 6, 2), light)).join("")).join("")
      + [[18, 0], [0, 18]].map(([x, y]) => [2, 10].map((at) => filled(rectangle(x! + at, y!, 6, 18, 2), base)).join("")).join(""),
  },
  sequined: {
    natural: "#d4269f", width: 30, height: 30,
    tile: (base, dark, light) => filled(rectangle(0, 0, 30, 30), mix(dark, "#000000", 0.35)) + [[7.5, 7.5], [22.5, 22.5]].map(([x, y], i) => filled(ellipse(x!, y!, 8.6), i === 0 ? base : light) + filled(star(x! - 1, y! - 1, 6.5, 2.2, 4), "#ffffff")).join("") + [[22.5, 7.5], [7.5, 22.5]].map(([x, y]) => filled(ellipse(x!, y!, 3.2), mix(light, "#ffffff", 0.5))).join(""),
  },
  plastic: {
    natural: "#13c3b0", width: 100, height: 100,
    tile: (_base, dark, light) => filled("M0 64 Q50 78 100 58 L100 100 L0 100 Z", dark, 0.55) + filled("M10 34 C16 16 30 12 46 12 L46 22 C32 22 26 28 20 40 Z", "#ffffff") + filled(ellipse(17, 49, 4.5, 5), "#ffffff") + filled("M66 14 L80 14 L54 90 L40 90 Z", light, 0.75) + filled("M84 14 L89 14 L63 90 L58 90 Z", light, 0.75),
  },
  paper: {
    natural: "#fcf9ec", width: 100, height: 100,
    tile: (base, dark) => filled(polygon(0, 0, 58, 0, 36, 46, 0, 58), mix(base, dark, 0.3)) + filled(polygon(58, 100, 36, 46, 100, 62, 100, 100), mix(base, dark, 0.5))
      + [14, 27, 40, 53, 66, 79, 92].map((y) => stroke(`M0 ${y} L100 ${y}`, 2.2, luma(base) > 0.85 ? "#6f9fe0" : mix(base, "#ffffff", 0.6))).join("") + stroke("M27 0 L27 100", 2.4, luma(base) > 0.85 ? "#ef6a6a" : "#ffffff"),
  },
  metal: {
    natural: "#a4adb8", width: 100, height: 100,
    tile: (base, dark, light) => ["#ffffff", light, base, mix(dark, "#000000", 0.35), dark, base, light, "#ffffff", base, dark, mix(dark, "#000000", 0.4), base].map((color, i) => filled(polygon(i * 16 - 80, 0, i * 16 - 60, 0, i * 16 - 20, 100, i * 16 - 40, 100), color)).join("")
      + [[16, 60], [50, 60], [84, 60], [50, 16], [50, 88]].map(([x, y]) => filled(ellipse(x!, y!, 4), mix(dark, "#000000", 0.5)) + filled(ellipse(x! - 1, y! - 1, 2.6), "#ffffff")).join(""),
  },
  leather: {
    natural: "#7c4521", width: 30, height: 30,
    tile: (base, dark, light) => filled(polygon(15, 0, 30, 15, 15, 30, 0, 15), mix(base, light, 0.35)) + stroke("M0 15 L15 0 L30 15 L15 30 Z", 2.6, mix(dark, "#000000", 0.35))
      + [[15, 0], [0, 15], [30, 15], [15, 30]].map(([x, y]) => filled(ellipse(x!, y!, 3.4), "#e9c184")).join(""),
  },
  lace: {
    natural: "#ffffff", width: 32, height: 32,
    tile: (base, dark) => {
      const hole = luma(base) < 0.3 ? "#d9c7d6" : mix(dark, "#6a4f74", 0.6);
      const petals = [0, 1, 2, 3, 4, 5].map((i) => filled(ellipse(16 + 8.8 * Math.cos(i * 1.0472), 16 + 8.8 * Math.sin(i * 1.0472), 3.5), hole)).join("");
      return petals + filled(ellipse(16, 16, 2.8), hole) + [[0, 0], [32, 0], [0, 32], [32, 32]].map(([x, y]) => filled(ellipse(x!, y!, 5.6), hole)).join("");
    },
  },
  denim: {
    natural: "#3f66a6", width: 50, height: 50,
    tile: (_base, dark, light) => [-50, -40, -30, -20, -10, 0, 10, 20, 30, 40].map((x) => stroke(`M${x} 50 L${x + 50} 0`, 2, x % 20 === 0 ? mix(dark, "#000000", 0.2) : light, 0.75)).join("")
      + stroke("M0 21 L50 21", 8, dark) + ["M3 18.5 L11 18.5", "M20 18.5 L28 18.5", "M37 18.5 L45 18.5", "M3 24 L11 24", "M20 24 L28 24", "M37 24 L45 24"].map((d) => stroke(d, 2.6, "#ffae34")).join(""),
  },
  ceramic: {
    natural: "#f4f8fb", width: 50, height: 50,
    tile: (base) => {
      const ink = luma(base) > 0.6 ? "#1c49ad" : "#f3f7ff";
      return [0, 1, 2, 3, 4].map((i) => filled(ellipse(25 + 9 * Math.cos(i * 1.2566), 23 + 9 * Math.sin(i * 1.2566), 6), ink)).join("") + filled(ellipse(25, 23, 4.5), base) + stroke("M-2 47 Q6 39 12.500 47 Q19 55 25 47 Q31 39 37.500 47 Q44 55 52 47", 3, ink) + stroke("M3 8 L3 16 M47 30 L47 36", 3, ink);
    },
  },
};

/** A subject's surface made of a material, in the material's own colour or another; `defs` belongs into the SVG once. */
export function textureSurface(texture: Texture, color?: string): { defs: string; surface: Surface } {
  const material = materials[texture], base = color ?? material.natural;
  const dark = luma(base) < 0.16 ? mix(base, "#ffffff", 0.25) : mix(base, "#000000", 0.33), light = mix(base, "#ffffff", 0.45);
  const defs = `<pattern id="t" width="${material.width}" height="${material.height}" patternUnits="userSpaceOnUse">${filled(rectangle(0, 0, material.width, material.height), base)}${material.tile(base, dark, light)}</pattern>`;
  const fill = (paint: Paint): string => (paint.startsWith("#") ? paint : "url(#t)");
  const veil = (paint: Paint): string | undefined => (paint === "shade" ? "rgba(0,0,0,0.28)" : paint === "light" ? "rgba(255,255,255,0.3)" : undefined);
  return { defs, surface: { fill, veil } };
}
