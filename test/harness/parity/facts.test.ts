import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { compareFloats, compareIntegers } from "../../../src/harness/parity/agreement.ts";
import { checkFactsPack } from "../../../src/harness/parity/facts.ts";

const oracle = (pack: string): string => fileURLToPath(new URL(`../../oracle/${pack}`, import.meta.url));

describe("checkFactsPack", () => {
  it("finds every random number of CPython's", async () => {
    const rows = await checkFactsPack(oracle("random"));
    expect(rows).toHaveLength(66);
    expect(rows.filter((row) => !row.ok || row.error !== 0)).toEqual([]);
  });

  it("finds every statistic within its tolerance", async () => {
    const rows = await checkFactsPack(oracle("statistics"));
    expect(rows).toHaveLength(29);
    expect(rows.filter((row) => !row.ok || row.error > 1e-12)).toEqual([]);
  });

  it("reports what differs and refuses what it does not know", async () => {
    const folder = mkdtempSync(join(tmpdir(), "facts-")), file = join(folder, "pack.json");
    try {
      cpSync(join(oracle("statistics"), "pack.json"), file);
      const pack = readFileSync(file, "utf8");
      writeFileSync(file, pack.replace('"p": 0.0625', '"p": 0.0626'));
      expect((await checkFactsPack(folder)).filter((row) => !row.ok).map((row) => row.name)).toEqual(["mcnemar_exact_two_sided.2"]);
      writeFileSync(file, pack.replace('"wilson_95"', '"wald_95"'));
      await expect(checkFactsPack(folder)).rejects.toThrow(/pack\.json: .*case wald_95 is unknown/);
      writeFileSync(file, pack.replace('"statistics"', '"t5"'));
      await expect(checkFactsPack(folder)).rejects.toThrow(/pack\.json/);
    } finally {
      rmSync(folder, { recursive: true });
    }
    await expect(checkFactsPack(folder)).rejects.toThrow(/no such file/);
  });
});

describe("agreement", () => {
  it("scales a tolerance by the largest wanted number, never below 1", () => {
    expect(compareFloats("small", [0.1, 0.2], [0.1, 0.25], 0.1)).toMatchObject({ error: expect.closeTo(0.05, 12), ok: true });
    expect(compareFloats("large", [100, 9], [100, 0], 0.1)).toEqual({ name: "large", error: 0.09, tolerance: 0.1, ok: true });
    expect(compareFloats("off", [100, 11], [100, 0], 0.1).ok).toBe(false);
  });

  it("never agrees with what is not finite or not there, but for the same infinity", () => {
    expect(compareFloats("NaN", [NaN], [0], 1).ok).toBe(false);
    expect(compareFloats("NaN wanted", [0], [NaN], 1).ok).toBe(false);
    expect(compareFloats("short", [1], [1, 2], 9).ok).toBe(false);
    expect(compareFloats("infinite", [Infinity], [1], 9).ok).toBe(false);
    expect(compareFloats("masked", [-Infinity, 1], [-Infinity, 1], 1e-6)).toMatchObject({ error: 0, tolerance: 1e-6, ok: true });
  });

  it("wants integers equal, whatever holds them", () => {
    expect(compareIntegers("same", BigInt64Array.from([1n, 2n]), BigInt64Array.from([1n, 2n])).ok).toBe(true);
    expect(compareIntegers("mixed", [1, 2], BigInt64Array.from([1n, 2n])).ok).toBe(true);
    expect(compareIntegers("big", [2n ** 60n], [2n ** 60n + 1n])).toMatchObject({ error: 1, ok: false });
    expect(compareIntegers("grey", [10, 20], [11, 20], 1).ok).toBe(true);
  });
});
