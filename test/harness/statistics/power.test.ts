import { describe, expect, it } from "vitest";
import { mcnemar } from "../../../src/harness/statistics/mcnemar.ts";
import { detectableDifference, pairsNeeded } from "../../../src/harness/statistics/power.ts";
import { Random } from "../../../src/random/random.ts";

describe("power", () => {
  it("gives Connor's sample size", () => {
    const n = ((1.959963984540054 * Math.sqrt(0.3) + 0.8416212335729143 * Math.sqrt(0.3 - 0.01)) / 0.1) ** 2;
    expect(pairsNeeded(0.1, { discordant: 0.3 })).toBe(Math.ceil(n));
    expect(pairsNeeded(-0.1, { discordant: 0.3, designEffect: 2 })).toBe(Math.ceil(2 * n));
  });

  it("gives the power it promises, near enough, to the exact test", () => {
    const random = new Random(1, "power"), n = pairsNeeded(0.15, { discordant: 0.3 });
    let detected = 0;
    for (let i = 0; i < 600; i++) {
      let b = 0, c = 0;
      for (let j = 0; j < n; j++) {
        const u = random.uniform();
        if (u < 0.225) b++;
        else if (u < 0.3) c++;
      }
      if (mcnemar(b, c) <= 0.05) detected++;
    }
    expect(detected / 600).toBeGreaterThan(0.72);
    expect(detected / 600).toBeLessThan(0.86);
  });

  it("needs more pairs for smaller differences, more disagreement and more power", () => {
    const base = pairsNeeded(0.1, { discordant: 0.3 });
    expect(pairsNeeded(0.05, { discordant: 0.3 })).toBeGreaterThan(3 * base);
    expect(pairsNeeded(0.1, { discordant: 0.5 })).toBeGreaterThan(base);
    expect(pairsNeeded(0.1, { discordant: 0.3, power: 0.9 })).toBeGreaterThan(base);
    expect(() => pairsNeeded(0.4, { discordant: 0.3 })).toThrow(/difference 0\.4, discordant 0\.3/);
  });

  it("inverts: the detectable difference is the least one whose pairs suffice", () => {
    for (const pairs of [50, 200, 1000]) {
      const least = detectableDifference(pairs, { discordant: 0.3 })!;
      expect(pairsNeeded(least, { discordant: 0.3 })).toBeLessThanOrEqual(pairs);
      expect(pairsNeeded(least * 0.99, { discordant: 0.3 })).toBeGreaterThan(pairs);
    }
    expect(detectableDifference(8, { discordant: 0.3 })).toBeNull();
    expect(detectableDifference(1000, { discordant: 0 })).toBeNull();
  });
});
