/**
 * Bicubic resizing as Pillow does it for 8-bit images: antialiased (the kernel widens when shrinking), a = -0.5,
 * fixed-point weights of 22 bits, each of the two passes rounded to 8 bits.
 */
import type { Image } from "./image.ts";

const SUPPORT = 2, A = -0.5, PRECISION = 22, HALF = 2 ** (PRECISION - 1);

/** Keys' cubic convolution kernel. */
function bicubic(distance: number): number {
  const x = Math.abs(distance);
  if (x < 1) return ((A + 2) * x - (A + 3)) * x * x + 1;
  return x < 2 ? (((x - 5) * x + 8) * x - 4) * A : 0;
}

interface Taps { readonly first: number; readonly weights: Int32Array }

/** For each output position, the first input position and the fixed-point weights from there on. */
function computeTaps(from: number, to: number): Taps[] {
  const scale = from / to, widening = Math.max(scale, 1), support = SUPPORT * widening;
  return Array.from({ length: to }, (_, i) => {
    const centre = (i + 0.5) * scale;
    const first = Math.max(0, Math.trunc(centre - support + 0.5)), end = Math.min(from, Math.trunc(centre + support + 0.5));
    const raw = Array.from({ length: end - first }, (_, k) => bicubic((first + k - centre + 0.5) / widening));
    const sum = raw.reduce((a, b) => a + b, 0);
    const weights = Int32Array.from(raw, (w) => Math.trunc((w / sum) * 2 ** PRECISION + (w / sum < 0 ? -0.5 : 0.5)));
    return { first, weights };
  });
}

/** Resizes the middle axis of [outer, from, inner] values. */
function resizeAxis(data: Uint8Array, outer: number, from: number, to: number, inner: number): Uint8Array {
  const taps = computeTaps(from, to), out = new Uint8ClampedArray(outer * to * inner);
  for (let o = 0, at = 0; o < outer; o++) {
    for (const { first, weights } of taps) {
      const start = (o * from + first) * inner;
      for (let c = 0; c < inner; c++) {
        let sum = HALF;
        for (let k = 0; k < weights.length; k++) sum += data[start + k * inner + c]! * weights[k]!;
        out[at++] = sum >> PRECISION;
      }
    }
  }
  return new Uint8Array(out.buffer);
}

/**
 * Whether the columns are resized before the rows. Pillow 13 does so where the height shrinks by more than twice as many
 * pixels as the width; earlier versions always begin with the rows, which differs by a few levels at sharp edges.
 */
const beginsWithColumns = (image: Image, width: number, height: number): boolean =>
  image.height - height > 2 * Math.max(0, image.width - width);

/** Resizes an image to width x height with Pillow's antialiased bicubic, equal to version 13 level by level. */
export function resizeBicubicLikePillow(image: Image, width: number, height: number): Image {
  if (!(Number.isInteger(width) && Number.isInteger(height) && width > 0 && height > 0)) throw new Error(`resizing to ${width} x ${height}: expected positive integers`);
  let result = image;
  const resizeRows = (): void => {
    const { data, width: from, height: rows } = result;
    if (from !== width) result = { width, height: rows, data: resizeAxis(data, rows, from, width, 3) };
  };
  const resizeColumns = (): void => {
    const { data, width: columns, height: from } = result;
    if (from !== height) result = { width: columns, height, data: resizeAxis(data, 1, from, height, columns * 3) };
  };
  const passes = beginsWithColumns(image, width, height) ? [resizeColumns, resizeRows] : [resizeRows, resizeColumns];
  for (const pass of passes) pass();
  return result;
}
