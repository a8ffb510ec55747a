/** Differences with their intervals, one below the other, as a drawing without scripts. */
import type { Bounds } from "../summary/types.ts";
import { html, type Html } from "./html.ts";
import { decimal } from "./words.ts";

export interface Difference { readonly name: string; readonly effect: number; readonly ci95: Bounds }

/** Of the drawing beside the names, and about how wide a letter is. */
const plot = 366, letter = 7, right = 24, row = 24, foot = 40;

/** Rows around a line at zero; `axis` says what lies to its right. */
export function forest(rows: readonly Difference[], axis: string): Html {
  const left = 20 + letter * Math.max(20, ...rows.map(({ name }) => name.length)), width = left + plot + right;
  const low = Math.min(-0.02, ...rows.map(({ ci95 }) => ci95[0])), high = Math.max(0.02, ...rows.map(({ ci95 }) => ci95[1])), height = rows.length * row + foot;
  const x = (value: number): string => (left + ((value - low) / (high - low)) * (width - left - right)).toFixed(1), at = (i: number): number => row * (i + 0.5);
  return html`<svg class="curve forest" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-label="${axis}; the table below holds the same numbers">
    <line x1="${x(0)}" x2="${x(0)}" y1="0" y2="${height - foot}" class="zero"/>
    ${rows.map(({ name, effect, ci95 }, i) => html`<text x="${left - 12}" y="${at(i)}" dy="4" text-anchor="end">${name}</text><line x1="${x(ci95[0])}" x2="${x(ci95[1])}" y1="${at(i)}" y2="${at(i)}"/><circle cx="${x(effect)}" cy="${at(i)}" r="4"/>`)}
    ${[low, 0, high].map((value) => html`<text x="${x(value)}" y="${height - 22}" text-anchor="middle">${decimal(value, 2)}</text>`)}<text x="${(left + width - right) / 2}" y="${height - 5}" text-anchor="middle">${axis}</text></svg>`;
}
