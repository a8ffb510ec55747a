/** A claim's effect against the scale of T5's final norm, as a small drawing without scripts. */
import type { ClaimEvidence } from "../summary/types.ts";
import { html, nothing, type Html } from "./html.ts";
import { bounds, decimal } from "./words.ts";

const width = 260, height = 120, left = 44, bottom = 22, top = 8, right = 8;

/** Effects with their intervals over the scales, on a logarithmic axis; nothing where fewer than two were measured. */
export function scaleCurve(scales: readonly ClaimEvidence[]): Html {
  const points = scales.flatMap(({ scale = 1, effect, ci95 }) => (effect === undefined || !ci95 ? [] : [{ scale, effect, ci95 }]));
  if (points.length < 2) return nothing;
  const logs = points.map(({ scale }) => Math.log(scale)), [from, to] = [Math.min(...logs), Math.max(...logs)];
  const low = Math.min(0, ...points.map(({ ci95 }) => ci95[0])), high = Math.max(0.01, ...points.map(({ ci95 }) => ci95[1]));
  const x = (scale: number): string => (left + 12 + ((Math.log(scale) - from) / (to - from)) * (width - left - right - 24)).toFixed(1), y = (effect: number): string => (top + ((high - effect) / (high - low)) * (height - top - bottom)).toFixed(1);
  const label = points.map(({ scale, effect, ci95 }) => `norm x ${scale}: ${decimal(effect)} ${bounds(ci95, 3)}`).join("; ");
  return html`<svg class="curve" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-label="Effect by scale of the norm. ${label}">
    <line x1="${left}" x2="${width - right}" y1="${y(0)}" y2="${y(0)}" class="zero"/><text x="${left - 4}" y="${y(0)}" dy="3" text-anchor="end">0</text><text x="${left - 4}" y="${y(high)}" dy="8" text-anchor="end">${high.toFixed(2)}</text>
    <polyline points="${points.map((p) => `${x(p.scale)},${y(p.effect)}`).join(" ")}"/>
    ${points.map((p) => html`<line x1="${x(p.scale)}" x2="${x(p.scale)}" y1="${y(p.ci95[0])}" y2="${y(p.ci95[1])}"/><circle cx="${x(p.scale)}" cy="${y(p.effect)}" r="3"/><text x="${x(p.scale)}" y="${height - 7}" text-anchor="middle">× ${p.scale}</text>`)}</svg>`;
}
