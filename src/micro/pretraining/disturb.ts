import type { Random } from "../../random/random.ts";
import { frameSize } from "../world/draw.ts";

/** Rough camera: noise, brightness, blur and a shift of a few pixels, so that the judge does not hang on details a generator cannot draw. */
export function disturbed(picture: Uint8Array, random: Random): Uint8Array {
  const out = new Uint8Array(picture.length), side = frameSize;
  const dx = random.int(5) - 2, dy = random.int(5) - 2, gain = random.uniform(0.85, 1.15), level = random.uniform(-12, 12), noise = random.chance(0.5) ? random.uniform(0, 20) : 0;
  const blur = random.chance(0.3) ? 1 + random.int(2) : 0, at = (v: number) => Math.min(side - 1, Math.max(0, v));
  for (let y = 0; y < side; y++) {
    for (let x = 0; x < side; x++) {
      for (let c = 0; c < 3; c++) {
        let sum = 0, count = 0;
        for (let j = -blur; j <= blur; j += Math.max(1, blur)) {
          for (let i = -blur; i <= blur; i += Math.max(1, blur)) { sum += picture[(at(y + dy + j) * side + at(x + dx + i)) * 3 + c]!; count++; }
        }
        // A cheap noise of roughly triangular shape.
        out[(y * side + x) * 3 + c] = Math.min(255, Math.max(0, (sum / count) * gain + level + (noise > 0 ? noise * (random.uniform() + random.uniform() - 1) : 0)));
      }
    }
  }
  return out;
}
