import type { Style } from "../../cobsat/vocabulary.ts";
import { backing, bold, colorOf, filled, fills, flat, outline, stroke } from "./paint.ts";
import { luma, mapPalette, mix, paletteOf, sepia } from "./palette.ts";
import type { Palette } from "./palette.ts";
import { covers, ellipse, flatten, polygon, rectangle } from "./shapes.ts";
import type { Drawing, Paint, Point } from "./shapes.ts";

/** A rendering: its own backdrop (pixels of the frame), the subject (units of its box), and what lies over the whole picture. */
export interface StyleDesign {
  readonly backdrop: string;
  /** Bricks and pixels stay upright whatever the subject's pose. */
  readonly upright?: boolean;
  subject(drawing: Drawing, palette: Palette): string;
  readonly overlay?: string;
}

const frame = (color: string): string => filled(rectangle(-6, -6, 76, 76), color);
/** The drawing's surfaces filled with `content` (units of its box) as if cut out of it, bottom to top over opaque `paper`. */
const cut = (drawing: Drawing, content: string, paper?: string): string =>
  `<pattern id="c" x="-20" y="-20" width="140" height="140" patternUnits="userSpaceOnUse">${content}</pattern>${drawing.flat().filter((part) => part.width === undefined && !part.inner).map((part) => (paper === undefined ? "" : filled(part.d, paper)) + filled(part.d, "url(#c)")).join("")}`;
const grid = (from: number, to: number, step: number, d: (at: number) => string): string => Array.from({ length: Math.floor((to - from) / step) + 1 }, (_, i) => d(from + i * step)).join(" ");

/** The drawing cut into `count` x `count` cells, left to right and top to bottom: a cell shows what covers most of its nine probes, where that is a third or more. */
function cells(drawing: Drawing, palette: Palette, count: number): { x: number; y: number; color: string }[] {
  let grids = cellGrids.get(drawing);
  if (!grids) cellGrids.set(drawing, grids = new Map());
  if (!grids.has(count)) grids.set(count, cutCells(drawing, count));
  return grids.get(count)!.map(({ x, y, paint }) => ({ x, y, color: colorOf(paint, palette) }));
}

const cellGrids = new WeakMap<Drawing, Map<number, Cell[]>>();
interface Cell {
  readonly x: number;
  readonly y: number;
  readonly paint: Paint;
}

function cutCells(drawing: Drawing, count: number): Cell[] {
  const parts = drawing.flat().filter((part) => !part.inner || (part.width ?? 9) > 3.2).map((part) => ({ part, rings: flatten(part.d) })).reverse();
  const size = 100 / count, found: Cell[] = [];
  for (let cell = 0; cell < count * count; cell++) {
    const x = (cell % count) * size, y = Math.floor(cell / count) * size, votes = new Map<Paint, number>();
    for (let probe = 0; probe < 9; probe++) {
      const point: Point = [x + ((probe % 3) + 0.5) * (size / 3), y + (Math.floor(probe / 3) + 0.5) * (size / 3)];
      const top = parts.find(({ part, rings }) => covers(part, rings, point));
      if (top) votes.set(top.part.paint, (votes.get(top.part.paint) ?? 0) + 1);
    }
    const total = [...votes.values()].reduce((sum, vote) => sum + vote, 0);
    if (total >= 4) found.push({ x, y, paint: [...votes].sort((a, b) => b[1] - a[1])[0]![0] });
  }
  return found;
}

const round = (value: number): number => Math.round(value * 10) / 10;

/** One path of all cells of a colour, for each colour. */
function joined(found: readonly { x: number; y: number; color: string }[], path: (cell: { x: number; y: number }) => string): [color: string, d: string][] {
  const paths = new Map<string, string>();
  for (const cell of found) paths.set(cell.color, (paths.get(cell.color) ?? "") + path(cell));
  return [...paths];
}

/** A drawing folded of paper: every filled part fanned out from its middle into facets of alternating light. */
function folded(drawing: Drawing, palette: Palette): string {
  return drawing.flat().filter((part) => !(part.inner && part.width !== undefined)).map((part) => {
    const base = colorOf(part.paint, palette);
    if (part.width !== undefined) return stroke(part.d, part.width, mix(base, "#000000", 0.15));
    const facets = flatten(part.d, 2).map((ring) => {
      const [cx, cy] = [ring.reduce((sum, [x]) => sum + x, 0) / ring.length, ring.reduce((sum, [, y]) => sum + y, 0) / ring.length];
      return ring.map(([x, y], i) => {
        const [u, v] = ring[(i + 1) % ring.length]!, angle = Math.atan2((y + v) / 2 - cy, (x + u) / 2 - cx);
        const lit = Math.cos(angle + 2.2) * 0.32 + (i % 2 === 0 ? 0.12 : -0.12);
        const color = lit > 0 ? mix(base, "#ffffff", lit + 0.12) : mix(base, "#000000", -lit);
        return `<path d="${polygon(cx, cy, x, y, u, v)}" fill="${color}" stroke="${color}" stroke-width="0.8"/>`;
      }).join("") + (part.inner ? "" : stroke(ring.map(([x, y]) => `M${cx.toFixed(1)} ${cy.toFixed(1)} L${x.toFixed(1)} ${y.toFixed(1)}`).join(" "), 1.6, "#ffffff", 0.75));
    });
    return part.d.split("M").length > 2 && part.inner === false ? filled(part.d, base) + stroke(part.d, 2, "#ffffff", 0.8) : facets.join("");
  }).join("");
}

/** Each part's outline as one colour's thin line. */
const wires = (drawing: Drawing, width: number, color: string): string => drawing.flat().map((part) => stroke(part.d, width, color)).join("");
const bricks = [0, 1, 2, 3, 4, 5, 6, 7, 8].map((row) => stroke(`M-6 ${row * 8} L70 ${row * 8}`, 1, "#d9c3b0") + [0, 1, 2, 3, 4, 5].map((i) => stroke(`M${i * 14 - 4 + (row % 2) * 7} ${row * 8} L${i * 14 - 4 + (row % 2) * 7} ${row * 8 + 8}`, 1, "#d9c3b0")).join("")).join("");
const studs = (step: number, color: string): string => `<path d="${grid(-2, 66, step, (y) => grid(-2, 66, step, (x) => `M${x} ${y} l0.01 0`))}" stroke="${color}" stroke-width="${step * 0.55}" stroke-linecap="round"/>`;

/** Every style as a rendering of any drawing. */
export const styleDesigns: Record<Style, StyleDesign> = {
  watercolor: {
    backdrop: frame("#fbf7ee") + [[14, 16, 20, 11, "#a9d8f0"], [50, 14, 18, 10, "#f6c3d4"], [12, 50, 17, 12, "#f8e3a3"], [52, 50, 18, 12, "#bfe3c0"]].map(([x, y, rx, ry, color]) => filled(ellipse(x as number, y as number, rx as number, ry as number, -15), color as string, 0.55) + filled(ellipse((x as number) + 3, (y as number) + 2, (rx as number) * 0.7, (ry as number) * 0.7, 20), color as string, 0.45)).join(""),
    subject: (drawing, palette) => {
      const soft = mapPalette(palette, (color) => mix(color, "#ffffff", 0.25));
      return `<g opacity="0.95">${backing(drawing, 3, "#fbf7ee")}</g>` + outline(drawing.flat(), 8, soft.main, 0.3) + `<g opacity="0.75">${fills(drawing.flat(), flat(soft, (color) => mix(color, "#ffffff", 0.2)))}</g>`
        + cut(drawing, [[30, 35, 26, 20], [70, 62, 24, 26], [40, 84, 30, 14]].map(([x, y, rx, ry]) => filled(ellipse(x!, y!, rx!, ry!, 25), soft.shade, 0.28)).join("") + filled(ellipse(58, 30, 18, 12, 30), "#ffffff", 0.5))
        + drawing.flat().filter((part) => !part.inner && part.width === undefined).map((part) => stroke(part.d, 2.2, palette.shade, 0.55)).join("") + [[2, 6, 3], [96, 12, 4], [104, 88, 3], [-4, 92, 4], [90, 100, 2.4]].map(([x, y, r]) => filled(ellipse(x!, y!, r!), soft.main, 0.5)).join("");
    },
  },
  sketch: {
    backdrop: frame("#fdfdfb") + stroke("M2 60 L22 58 M40 59 L62 60 M4 62 L50 62", 0.7, "#a5a5a8"),
    subject: (drawing, palette) => {
      const pencil = mix("#3c3c42", palette.main, 0.12);
      const hatch = stroke(grid(-100, 190, 7, (x) => `M${x} 110 L${x + 110} 0`), 1.8, pencil, 0.6) + `<g opacity="0.6">${stroke(grid(60, 200, 7, (x) => `M${x} 0 L${x - 60} 110`), 1.6, pencil)}</g>`;
      return backing(drawing, 4, "#fdfdfb") + cut(drawing, hatch, "#fdfdfb") + drawing.flat().map((part) => (part.inner && part.width === undefined ? filled(part.d, "#fdfdfb", 0.55) : "")).join("") + wires(drawing, 2.6, pencil) + `<g transform="translate(2.5 -2) rotate(1.5)">${wires(drawing, 1.4, pencil)}</g>`;
    },
  },
  pixel: {
    backdrop: frame("#6ec6ff") + `<g shape-rendering="crispEdges">${[[4, 8, 12, 4], [8, 4, 8, 4], [44, 12, 16, 4], [48, 8, 8, 4]].map(([x, y, w, h]) => filled(rectangle(x!, y!, w!, h!), "#ffffff")).join("")}${filled(rectangle(-6, 52, 76, 18), "#58b848")}${Array.from({ length: 9 }, (_, i) => filled(rectangle(i * 8 - 4, 52, 4, 4), "#3b8f34")).join("")}</g>`,
    upright: true,
    subject: (drawing, palette) => {
      const found = cells(drawing, palette, 14), size = 100 / 14;
      const block = (x: number, y: number, grow: number): string => `${rectangle(round(x - grow), round(y - grow), round(size + 2 * grow), round(size + 2 * grow))} `;
      const edges = found.map(({ x, y }) => `<path d="${block(x - size, y, 0)}${block(x + size, y, 0)}${block(x, y - size, 0)}${block(x, y + size, 0)}" fill="#16161a"/>`).join("");
      return `<g shape-rendering="crispEdges">${edges}${joined(found, (cell) => block(cell.x, cell.y, 0.2)).map(([color, d]) => `<path d="${d}" fill="${color}" fill-rule="nonzero"/>`).join("")}</g>`;
    },
  },
  origami: {
    backdrop: frame("#f3e7d3") + filled(polygon(-6, -6, 40, -6, -6, 40), "#e9d8bd") + filled(polygon(70, 70, 70, 24, 24, 70), "#eadbc2") + stroke("M40 -6 L-6 40 M70 24 L24 70", 0.8, "#cdb792"),
    subject: (drawing, palette) => `<g transform="translate(4 5)">${backing(drawing, 2, "#b39c78")}</g>` + folded(drawing, palette),
  },
  lego: {
    backdrop: frame("#a3b6c9") + studs(8, "#7f95ab") + `<g transform="translate(-0.7 -0.9)">${studs(8, "#bccbda")}</g>`,
    upright: true,
    subject: (drawing, palette) => {
      const count = 10, size = 100 / count, found = cells(drawing, palette, count);
      const dot = (dx: number, dy: number) => ({ x, y }: { x: number; y: number }): string => `M${round(x + size / 2 + dx)} ${round(y + size / 2 + dy)} l0.1 0 `;
      const edges = stroke(found.map(({ x, y }) => rectangle(round(x), round(y), size, size)).join(" "), 5, "#17171b");
      return edges + joined(found, ({ x, y }) => `${rectangle(round(x), round(y), size, size)} `).map(([color, d]) => filled(d, color) + stroke(d, 1.4, mix(color, luma(color) < 0.2 ? "#ffffff" : "#000000", 0.26))).join("")
        + joined(found, dot(0.8, 1.1)).map(([color, d]) => stroke(d, size * 0.62, mix(color, "#000000", 0.3))).join("") + joined(found, dot(0, 0)).map(([color, d]) => stroke(d, size * 0.58, mix(color, "#ffffff", 0.3))).join("");
    },
  },
  icon: {
    backdrop: frame("#e7ebf2"),
    subject: (drawing, palette) => {
      const tile = palette.main, glyph = luma(tile) > 0.72 ? "#22252e" : "#ffffff";
      const layers = drawing.map((layer) => outline(layer, 5, tile) + layer.map((part) => (part.width === undefined ? (part.inner && !part.paint.startsWith("#") ? stroke(part.d, 4, tile) : filled(part.d, part.inner ? tile : glyph)) : stroke(part.d, part.width, part.inner ? tile : glyph))).join(""));
      return filled(rectangle(-3, 1, 106, 106, 24), mix(tile, "#000000", 0.45), 0.5) + filled(rectangle(-3, -3, 106, 106, 24), tile) + stroke(rectangle(-3, -3, 106, 106, 24), 1.5, mix(tile, "#000000", 0.4)) + `<g transform="translate(16 16) scale(0.68)">${layers.join("")}</g>`;
    },
  },
  graffiti: {
    backdrop: frame("#a5533c") + bricks,
    subject: (drawing, palette) => {
      const parts = drawing.flat(), vivid = paletteOf(mix(palette.main, "#ff2fb2", 0.15));
      return outline(parts, 26, "#18e0ff", 0.45) + outline(parts, 18, "#ff2fb2") + outline(parts, 10, "#fff22e") + outline(parts, 5, "#101014") + fills(parts, flat(vivid))
        + ["M14 84 L14 116", "M36 92 L36 108", "M62 92 L62 122", "M84 84 L84 106"].map((d, i) => stroke(d, 5, ["#ff2fb2", "#18e0ff", "#ff2fb2", "#fff22e"][i]!)).join("") + stroke("M-14 8 L-4 2 M-14 18 L-2 16 M102 8 L112 0 M104 20 L116 18", 5, "#7dff3a") + [[-8, 70], [108, 64], [112, 76], [-12, 82], [106, 92]].map(([x, y]) => filled(ellipse(x!, y!, 3), "#18e0ff")).join("");
    },
  },
  futuristic: {
    backdrop: frame("#070a22") + filled(rectangle(-6, 40, 76, 30), "#150a3d") + stroke(grid(-40, 104, 12, (x) => `M32 40 L${x} 70`), 0.7, "#b026ff") + stroke("M-6 40 L70 40 M-6 43 L70 43 M-6 48 L70 48 M-6 55 L70 55 M-6 64 L70 64", 0.7, "#b026ff") + [[8, 8], [50, 6], [58, 20], [20, 4], [5, 28], [38, 12]].map(([x, y]) => filled(ellipse(x!, y!, 0.8), "#ffffff")).join(""),
    subject: (drawing, palette) => {
      const parts = drawing.flat(), glow = "#19f0ff", core = mix("#0a1238", palette.main, 0.35);
      const inner = parts.filter((part) => part.inner).map((part) => stroke(part.d, 2.6, glow)).join("");
      return outline(parts, 18, "#0b6cff", 0.35) + outline(parts, 11, "#12b8ff", 0.6) + backing(drawing, 6, glow) + parts.filter((part) => !part.inner).map((part) => (part.width === undefined ? filled(part.d, core) : stroke(part.d, part.width - 1, core))).join("") + inner + filled(rectangle(-6, 106, 112, 3), glow, 0.8) + stroke("M-8 10 L-8 -4 L8 -4 M108 10 L108 -4 L92 -4", 2.6, "#ff2bd6");
    },
  },
  "3d": {
    backdrop: frame("#050806"),
    subject: (drawing, palette) => {
      const wire = luma(palette.main) < 0.3 ? mix(palette.main, "#8dffb0", 0.75) : mix(palette.main, "#3dff7a", 0.75);
      const mesh = stroke(grid(-20, 120, 12, (at) => `M${at} -5 Q${50 + (at - 50) * 1.5} 50 ${at} 105 M-5 ${at} Q50 ${50 + (at - 50) * 1.5} 105 ${at}`) + " " + grid(-120, 120, 24, (at) => `M${at} -5 L${at + 110} 105`), 1.3, wire);
      return backing(drawing, 2, "#050806") + cut(drawing, mesh, "#050806") + outlineWires(drawing, wire);
    },
  },
  old: {
    backdrop: frame("#e2c898") + filled(rectangle(-6, 48, 76, 22), "#c9a871"),
    subject: (drawing, palette) => bold(drawing, flat(palette, sepia)).replaceAll("#ffffff", "#ecd9ad").replaceAll("#1d1d22", "#3b2412"),
    overlay: `<radialGradient id="v" cx="0.5" cy="0.5" r="0.72"><stop offset="0.55" stop-color="#2b1708" stop-opacity="0"/><stop offset="1" stop-color="#2b1708" stop-opacity="0.85"/></radialGradient>${filled(rectangle(-6, -6, 76, 76), "#a8763a", 0.1)}<rect width="64" height="64" fill="url(#v)"/>`
      + stroke("M13 2 L16 40 M47 6 L44 60 M30 1 L31 14 M56 30 L53 62 M6 34 L8 58", 0.8, "#f7e7c2", 0.85) + stroke("M2 46 L26 20 M38 62 L60 44", 0.6, "#3b2412", 0.6) + `<rect x="1.5" y="1.5" width="61" height="61" fill="none" stroke="#f2e4c4" stroke-width="3"/>`,
  },
};

function outlineWires(drawing: Drawing, color: string): string {
  return drawing.flat().map((part) => (part.width === undefined ? stroke(part.d, 2, color) : stroke(part.d, part.inner ? 1.6 : part.width, color, part.inner ? 1 : 0.55))).join("");
}

/** A style over scenery keeps its own paper as a sticker around the subject. */
export const stickerColors: Record<Style, string | undefined> = {
  watercolor: "#fbf7ee", sketch: "#fdfdfb", pixel: undefined, origami: "#f3e7d3", lego: undefined, icon: undefined, graffiti: undefined, futuristic: "#070a22", "3d": "#050806", old: undefined,
};
