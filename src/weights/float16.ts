/**
 * IEEE 754 half precision (1 sign, 5 exponent, 10 fraction bits) in a Uint16Array, to and from float32.
 * Every half is a float32 exactly; the other way rounds to nearest, ties to even.
 */
const floatBits = new Float32Array(1);
const bits = new Uint32Array(floatBits.buffer);

/** The float32 bits of one half: exact for subnormals, infinities and the payload of a NaN. */
function widen(half: number): number {
  const sign = (half & 0x8000) << 16, exponent = (half >>> 10) & 0x1f, fraction = half & 0x3ff;
  if (exponent === 0x1f) return sign | 0x7f800000 | (fraction << 13);
  if (exponent > 0) return sign | ((exponent + 112) << 23) | (fraction << 13);
  if (fraction === 0) return sign;
  const shift = Math.clz32(fraction) - 21;  // subnormal: move its leading one to bit 10
  return sign | ((113 - shift) << 23) | (((fraction << shift) & 0x3ff) << 13);
}

/** The half nearest to the float32 with these bits, ties to even; too large becomes infinity, a NaN stays a quiet NaN. */
function narrow(float: number): number {
  const sign = (float >>> 16) & 0x8000, magnitude = float & 0x7fffffff;
  if (magnitude > 0x7f800000) return sign | 0x7e00 | ((magnitude >>> 13) & 0x3ff);
  if (magnitude >= 0x477ff000) return sign | 0x7c00;  // 65520 and above
  if (magnitude >= 0x38800000) {                      // normal half: 2^-14 and above
    const rebased = magnitude - 0x38000000;
    return sign | ((rebased + 0xfff + ((rebased >>> 13) & 1)) >>> 13);
  }
  if (magnitude < 0x33000000) return sign;            // below half of the smallest subnormal, 2^-25
  const shift = 126 - (magnitude >>> 23), fraction = (magnitude & 0x7fffff) | 0x800000;
  const kept = fraction >>> shift, rest = fraction & ((1 << shift) - 1), tie = 1 << (shift - 1);
  return sign | (kept + (rest > tie || (rest === tie && (kept & 1) === 1) ? 1 : 0));
}

/** Halves as float32, exactly. */
export function float16ToFloat32(halves: Uint16Array): Float32Array {
  const out = new Float32Array(halves.length), outBits = new Uint32Array(out.buffer);
  for (let i = 0; i < halves.length; i++) outBits[i] = widen(halves[i]!);
  return out;
}

/** Float32 as the nearest halves, ties to even. */
export function float32ToFloat16(values: Float32Array): Uint16Array {
  const out = new Uint16Array(values.length);
  for (let i = 0; i < values.length; i++) {
    floatBits[0] = values[i]!;
    out[i] = narrow(bits[0]!);
  }
  return out;
}
