import type { Color } from "../../cobsat/vocabulary.ts";

/** Hex colours a subject is painted with: its main surface, a shaded and a lit variation of it. */
export interface Palette {
  readonly main: string;
  readonly shade: string;
  readonly light: string;
}

/** The hex value of every colour name. */
export const colorValues: Record<Color, string> = {
  yellow: "#ffdc14", white: "#fcfcfc", red: "#e01b24", purple: "#7f2ac9", pink: "#ff8fcb",
  orange: "#ff8412", green: "#2fa43a", brown: "#7b4a20", blue: "#2159dd", black: "#1b1b1e",
};

/** Red, green and blue in 0..255 of "#rrggbb". */
export function channels(color: string): [number, number, number] {
  const value = Number.parseInt(color.slice(1), 16);
  return [value >> 16, (value >> 8) & 255, value & 255];
}

/** The hex colour `amount` (0..1) of the way from `from` to `to`. */
export function mix(from: string, to: string, amount: number): string {
  const a = channels(from), b = channels(to);
  const hex = a.map((value, i) => Math.round(value + (b[i]! - value) * amount).toString(16).padStart(2, "0"));
  return `#${hex.join("")}`;
}

/** Perceived lightness of a hex colour in 0..1 (Rec. 601 luma). */
export function luma(color: string): number {
  const [r, g, b] = channels(color);
  return (0.299 * r + 0.587 * g + 0.114 * b) / 255;
}

/** A palette around one colour; near-black is shaded with lighter greys so that its folds stay visible. */
export function paletteOf(main: string): Palette {
  if (luma(main) < 0.16) return { main, shade: mix(main, "#ffffff", 0.2), light: mix(main, "#ffffff", 0.34) };
  return { main, shade: mix(main, "#000000", 0.27), light: mix(main, "#ffffff", 0.38) };
}

/** The sepia tone of a colour's lightness. */
export function sepia(color: string): string {
  return mix("#2b170a", "#f8e8c4", luma(color));
}

/** A palette with every colour passed through `change`. */
export function mapPalette(palette: Palette, change: (color: string) => string): Palette {
  return { main: change(palette.main), shade: change(palette.shade), light: change(palette.light) };
}
