import { describe, expect, it } from "vitest";
import { ledger } from "../../../src/harness/claims/ledger.ts";
import { holm } from "../../../src/harness/statistics/holm.ts";
import type { Claim } from "../../../src/harness/summary/types.ts";
import { syntheticContext, syntheticLosses } from "./synthetic.ts";

const byId = (claims: readonly Claim[], id: string): Claim => claims.find((claim) => claim.id === id)!;
const three = [42, 43, 44];

describe("the ledger on synthetic records", () => {
  it("has only the claims that the records speak of", () => {
    expect(ledger(syntheticContext([{ arm: "text-bridge", rate: 0.5 }]))).toEqual([]);
    expect(ledger(syntheticContext([{ arm: "thinkdiff-lvlm", rate: 0.5 }])).map(({ id }) => id)).toEqual(["sota-margin"]);
  });

  it("reproduces a clear drop, refutes an equal arm, and leaves a small run open", () => {
    const claims = ledger(syntheticContext([{ arm: "thinkdiff-lvlm", rate: 0.8, seeds: three }, { arm: "no-masking", rate: 0.5, seeds: three }, { arm: "input-tokens", rate: 0.8, seeds: three }]));
    expect(byId(claims, "masking-helps")).toMatchObject({ verdict: "reproduced", evidence: { n: 240, family: 2 } });
    expect(byId(claims, "masking-helps").evidence.mark).toBeUndefined();
    expect(byId(claims, "masking-helps").evidence.seeds).toHaveLength(3);
    expect(byId(claims, "generated-tokens-help").verdict).toBe("not reproduced");
    const open = byId(ledger(syntheticContext([{ arm: "thinkdiff-lvlm", rate: 0.6, prompts: 6 }, { arm: "no-masking", rate: 0.4, prompts: 6 }])), "masking-helps");
    expect(open.verdict).toBe("not testable here");
    expect(open.evidence.nToDecide).toBeGreaterThan(12);
    expect(open.evidence.mark).toBe("one seed");
  });

  it("tests generated tokens with the paper's ablation and with the control that changes the features alone", () => {
    const arms = [{ arm: "thinkdiff-lvlm", rate: 0.8 }, { arm: "input-tokens", rate: 0.3 }, { arm: "no-masking", rate: 0.5 }], note = (claims: readonly Claim[]) => byId(claims, "generated-tokens-help").evidence.note;
    const without = ledger(syntheticContext(arms)), claims = ledger(syntheticContext([...arms, { arm: "input-tokens-split", rate: 0.8 }]));
    expect([note(without), note(claims)]).toEqual([expect.stringContaining("was not run"), expect.stringContaining("the next claim changes the features alone")]);
    expect(without.map(({ id }) => id)).not.toContain("generated-tokens-alone");
    expect([byId(claims, "generated-tokens-help").verdict, byId(claims, "generated-tokens-alone").verdict]).toEqual(["reproduced", "not reproduced"]);
    expect(byId(claims, "generated-tokens-alone").evidence["withTheWholeText"]).toMatchObject({ effect: expect.closeTo(0.2, 1), n: 80 });
  });

  it("adjusts the p-values of all its claims together", () => {
    const claims = ledger(syntheticContext([{ arm: "thinkdiff-lvlm", rate: 0.7 }, { arm: "no-masking", rate: 0.62 }, { arm: "no-rmsnorm", rate: 0.55 }, { arm: "default-init", rate: 0.66 }])).filter(({ evidence }) => typeof evidence.p === "number");
    expect(claims.map(({ evidence }) => evidence.family)).toEqual([3, 3, 3]);
    expect(claims.map(({ evidence }) => evidence.pHolm)).toEqual(holm(claims.map(({ evidence }) => evidence.p!)));
  });

  it("pairs training seeds with their own", () => {
    const { evidence } = byId(ledger(syntheticContext([{ arm: "thinkdiff-lvlm", rate: 0.8, seeds: three }, { arm: "no-masking", rate: 0.5, seeds: [42, 44] }])), "masking-helps");
    expect(evidence.seeds!.map(({ seed }) => seed)).toEqual([42, 44]);
    expect(evidence.mark).toBe("two seeds");
  });

  it("judges convergence by its rule, for every seed", () => {
    const base = three.flatMap((seed) => syntheticLosses("thinkdiff-lvlm", { seed })), of = (variant: (seed: number) => Parameters<typeof syntheticLosses>[1]) => {
      const losses = [...base, ...three.flatMap((seed) => syntheticLosses("no-rmsnorm", { seed, ...variant(seed) }))];
      return byId(ledger(syntheticContext([], { losses })), "rmsnorm-convergence");
    };
    expect(of(() => ({ broken: 50 }))).toMatchObject({ verdict: "reproduced" });
    expect(of(() => ({ broken: 50 })).evidence.mark).toBeUndefined();
    expect(of(() => ({})).verdict).toBe("not reproduced");
    expect(of((seed) => (seed === 43 ? { end: 4 } : {}))).toMatchObject({ verdict: "not testable here", evidence: { note: "1 of 3 trainings of the variant failed to converge" } });
    const unsound = ledger(syntheticContext([], { losses: [...syntheticLosses("thinkdiff-lvlm", { end: 4.9 }), ...syntheticLosses("default-init")] }));
    expect(byId(unsound, "initialisation-convergence")).toMatchObject({ verdict: "not testable here", evidence: { mark: "one seed", note: "the baseline itself did not converge" } });
  });

  it("depends on scale where scales of the norm disagree, with the finding at each", () => {
    const claim = byId(ledger(syntheticContext([
      { arm: "thinkdiff-lvlm", rate: 0.8 }, { arm: "no-rmsnorm", rate: 0.8 }, { arm: "thinkdiff-lvlm@8", rate: 0.8 }, { arm: "no-rmsnorm@8", rate: 0.1 },
    ])), "rmsnorm-accuracy");
    expect(claim.verdict).toBe("depends on scale");
    expect(claim.evidence.scales!.map(({ scale, verdict }) => [scale, verdict])).toEqual([[1, "not reproduced"], [8, "reproduced"]]);
  });

  it("has the verdict of the scales where it could be tested, and names the others", () => {
    const of = (atOne: number, atEight: number) => byId(ledger(syntheticContext([
      { arm: "thinkdiff-lvlm", rate: 0.8, prompts: atOne }, { arm: "no-rmsnorm", rate: 0.1, prompts: atOne }, { arm: "thinkdiff-lvlm@8", rate: 0.8, prompts: atEight }, { arm: "no-rmsnorm@8", rate: 0.1, prompts: atEight },
    ])), "rmsnorm-accuracy"), claim = of(2, 40);
    expect(claim.evidence.scales!.map(({ scale, verdict }) => [scale, verdict])).toEqual([[1, "not testable here"], [8, "reproduced"]]);
    expect([claim.verdict, claim.evidence.untestedScales, claim.evidence.scale, claim.evidence.n]).toEqual(["reproduced", [1], 8, 80]);
    const none = of(2, 2);
    expect([none.verdict, none.evidence.untestedScales, none.evidence.scale]).toEqual(["not testable here", undefined, 1]);
  });

  it("tells how much of the true caption's accuracy text training reaches", () => {
    const claim = byId(ledger(syntheticContext([{ arm: "thinkdiff-lvlm", rate: 0.6 }, { arm: "true-caption", rate: 0.9 }, { arm: "untrained-aligner", rate: 0.05 }])), "text-training-transfers");
    const { share, ci95 } = claim.evidence["shareOfTrueCaption"] as { share: number; ci95: [number, number] };
    expect(claim.verdict).toBe("reproduced");
    expect(share).toBeCloseTo(0.6 / 0.9, 1);
    expect(ci95[0]).toBeLessThan(share);
    expect(ci95[1]).toBeGreaterThan(share);
    expect(claim.evidence.mark).toBe("one seed");
    const seeded = byId(ledger(syntheticContext([{ arm: "thinkdiff-lvlm", rate: 0.6, seeds: three }, { arm: "true-caption", rate: 0.9 }, { arm: "untrained-aligner", rate: 0.05 }], { kind: "cobsat" })), "text-training-transfers");
    expect([seeded.verdict, seeded.evidence.mark, seeded.evidence.seeds!.map(({ seed }) => seed), seeded.evidence.n]).toEqual(["reproduced", undefined, three, 240]);
    expect(seeded.evidence["shareOfTrueCaption"]).toMatchObject({ n: 240, share: expect.closeTo(share, 10) });
    expect(byId(ledger(syntheticContext([{ arm: "thinkdiff-lvlm", rate: 0 }, { arm: "true-caption", rate: 0 }, { arm: "untrained-aligner", rate: 0 }])), "text-training-transfers").verdict).toBe("not testable here");
  });

  it("says what micro cannot test, and its own cost", () => {
    const claims = ledger(syntheticContext([{ arm: "thinkdiff-lvlm", rate: 0.6 }], { kind: "cobsat", losses: syntheticLosses("thinkdiff-lvlm") }));
    expect(byId(claims, "sota-margin").verdict).toBe("not testable here");
    expect(byId(claims, "training-cost")).toMatchObject({ verdict: "not testable here", evidence: { ownCost: [{ steps: 200, seed: 42 }], published: { gpus: 4, hours: 5 } } });
  });

  it("compares the paper profile's ten tasks with SEED-LLaMA's published average", () => {
    const tasks = ["Color", "Background", "Style", "Action", "Texture"].flatMap((theme) => [`${theme}-I`, `${theme}-II`]);
    const of = (rate: number, some = tasks) => byId(ledger(syntheticContext([{ arm: "thinkdiff-lvlm", rate, shots: 4, prompts: 20, tasks: some }], { kind: "cobsat", profile: "paper" })), "sota-margin").verdict;
    expect([of(0.5), of(0.1), of(0.5, tasks.slice(1))]).toEqual(["reproduced", "not reproduced", "not testable here"]);
  });

  it("compares four shots with two", () => {
    const of = (four: number, two: number) => byId(ledger(syntheticContext([{ arm: "thinkdiff-lvlm", rate: four, shots: 4 }, { arm: "thinkdiff-lvlm", rate: two }], { kind: "cobsat" })), "more-shots-help");
    expect(of(0.9, 0.4)).toMatchObject({ verdict: "reproduced", evidence: { n: 80 } });
    expect(of(0.3, 0.7).verdict).toBe("not reproduced");
    expect(of(0.6, 0.6).verdict).toBe("not testable here");
  });

  it("does not depend on the order of samples", () => {
    const context = syntheticContext([{ arm: "thinkdiff-lvlm", rate: 0.7 }, { arm: "no-masking", rate: 0.6 }]);
    expect(ledger({ ...context, samples: [...context.samples].reverse() })).toEqual(ledger(context));
  });
});
