import { describe, expect, it } from "vitest";
import { bfloat16ToFloat32, float32ToBfloat16 } from "../../src/weights/bfloat16.ts";
import { float16ToFloat32, float32ToFloat16 } from "../../src/weights/float16.ts";

const every = Uint16Array.from({ length: 65536 }, (_, i) => i);

/** The value of a half by its definition: (-1)^s 2^(e-15) (1 + f/1024), subnormals 2^-14 f/1024. */
function defined(half: number): number {
  const sign = half & 0x8000 ? -1 : 1, e = (half >> 10) & 31, f = half & 1023;
  if (e === 31) return f ? NaN : sign * Infinity;
  return sign * (e === 0 ? f * 2 ** -24 : 2 ** (e - 15) * (1 + f / 1024));
}

describe("float16", () => {
  const wide = float16ToFloat32(every);

  it("widens all 65,536 halves exactly", () => {
    expect([...every].filter((h) => !Object.is(wide[h], defined(h)))).toEqual([]);
  });

  it("narrows every half back to itself", () => {
    const back = float32ToFloat16(wide);
    expect([...every].filter((h) => back[h] !== h && !Number.isNaN(wide[h]))).toEqual([]);
    expect([...every].filter((h) => Number.isNaN(wide[h]) && !Number.isNaN(defined(back[h]!)))).toEqual([]);
  });

  it("rounds between neighbours to the nearest, ties to even", () => {
    const wrong: number[] = [];
    for (let h = 0; h < 0x7bff; h++) {
      const low = defined(h), high = defined(h + 1), middle = (low + high) / 2, step = (high - low) / 1024;
      const [below, tie, above] = float32ToFloat16(new Float32Array([middle - step, middle, middle + step]));
      if (below !== h || tie !== h + (h & 1) || above !== h + 1) wrong.push(h);
    }
    expect(wrong).toEqual([]);
  });

  it("overflows to infinity from 65520 on and underflows to signed zero", () => {
    expect([...float32ToFloat16(new Float32Array([65519.996, 65520, -1e30, -Infinity, 2 ** -25, -(2 ** -26), 1e-45]))])
      .toEqual([0x7bff, 0x7c00, 0xfc00, 0xfc00, 0, 0x8000, 0]);
  });
});

describe("bfloat16", () => {
  it("widens and narrows every value to itself", () => {
    const wide = bfloat16ToFloat32(every), bits = new Uint32Array(wide.buffer);
    expect([...every].filter((h) => !Number.isNaN(wide[h]) && bits[h] !== (h << 16) >>> 0)).toEqual([]);
    const back = float32ToBfloat16(wide);
    expect([...every].filter((h) => back[h] !== h && !Number.isNaN(wide[h]))).toEqual([]);
  });

  it("rounds to nearest, ties to even, keeps NaN and overflows to infinity", () => {
    const of = (...words: number[]) => [...float32ToBfloat16(new Float32Array(new Uint32Array(words).buffer))];
    expect(of(0x3f808000, 0x3f818000, 0x3f808001, 0x3f807fff)).toEqual([0x3f80, 0x3f82, 0x3f81, 0x3f80]);
    expect(of(0x7f7fffff, 0xff800000, 0x00000001, 0x00008001)).toEqual([0x7f80, 0xff80, 0x0000, 0x0001]);
    expect(of(0x7f800001, 0xffffffff).every((h) => (h & 0x7fff) > 0x7f80)).toBe(true);
  });
});
