/** On SYNTHETIC records: outcomes and losses are invented, no model ever gave them. */
import { describe, expect, it } from "vitest";
import { caseOf, composeArm } from "../../../src/harness/benchCompose/arms.ts";
import { clipClaims, clipRuleTexts, type ComposeClaimContext } from "../../../src/harness/benchCompose/claims.ts";
import { composeSchema, type ComposeLine } from "../../../src/harness/benchCompose/lines.ts";
import { composeReport } from "../../../src/harness/benchCompose/report/render.ts";
import { composeSummary } from "../../../src/harness/benchCompose/summary.ts";
import { composeTasks } from "../../../src/harness/benchCompose/tasks.ts";
import { ledgerOf } from "../../../src/harness/claims/ledger.ts";
import { escapeHtml } from "../../../src/harness/report/html.ts";
import type { LossLine } from "../../../src/harness/runs/losses.ts";
import { sampleId } from "../../../src/harness/runs/plan.ts";
import { holm } from "../../../src/harness/statistics/holm.ts";
import type { Claim } from "../../../src/harness/summary/types.ts";
import { Random } from "../../../src/random/random.ts";
import { syntheticContext, syntheticLosses } from "../claims/synthetic.ts";

interface Arm { readonly arm: string; readonly rate: number; readonly seeds?: readonly number[]; readonly cases?: number }

const three = [42, 43, 44], control = { arm: "untrained-aligner", rate: 0.02 };

/** Invented pictures; arms share one uniform number a case and noise, so that a higher rate is right wherever a lower one is. */
const linesOf = ({ arm, rate, seeds = [42], cases = 20 }: Arm): ComposeLine[] => seeds.flatMap((seed, i) => composeTasks.flatMap(({ name: task, images: shots }) => Array.from({ length: 3 * cases }, (_, prompt): ComposeLine => {
  const { index, noise } = caseOf(composeArm(arm), prompt), right = new Random("synthetic picture", task, prompt).uniform() < rate;
  return composeSchema.parse({
    id: sampleId(arm, shots, task, prompt, i === 0 ? undefined : seed), arm, shots, task, prompt, case: index, noise, seed, expected: [{ slot: "object", value: "car", from: "images" }], text: "", seconds: 1,
    ...(right ? { judged: { object: "car" }, outcome: "correct" } : { judged: { object: "hat" }, outcome: "wrong", missed: ["object"] }),
  });
})));

function contextOf(arms: readonly Arm[], losses: readonly LossLine[] = []): ComposeClaimContext {
  const { record, summary } = syntheticContext([], { losses });
  return { record, samples: arms.flatMap(linesOf), losses, summary, draws: 400 };
}

const found = (context: ComposeClaimContext): Claim[] => ledgerOf(context, clipClaims);
const byId = (claims: readonly Claim[], id: string): Claim => claims.find((claim) => claim.id === id)!;

describe("the ledger of ThinkDiff-CLIP", () => {
  it("has only the claims that the records speak of", () => {
    expect(found(contextOf([{ arm: "thinkdiff-clip", rate: 0.5 }, control], syntheticLosses("thinkdiff-clip")))).toEqual([]);
    expect(found(contextOf([{ arm: "thinkdiff-clip", rate: 0.5 }, { arm: "default-init", rate: 0.5 }, control])).map(({ id }) => id)).toEqual(["initialisation-accuracy"]);
  });

  it("reproduces a clear drop, refutes an equal arm, and leaves a small run open", () => {
    const claims = found(contextOf([{ arm: "thinkdiff-clip", rate: 0.6, seeds: three }, { arm: "no-rmsnorm", rate: 0.3, seeds: three }, { arm: "default-init", rate: 0.6, seeds: three }, control])), drop = byId(claims, "rmsnorm-accuracy");
    // Three seeds of 20 cases with three noises of four kinds of input; cases are resampled whole.
    expect(drop).toMatchObject({ verdict: "reproduced", evidence: { n: 720, clusters: 80, family: 2, effect: expect.closeTo(0.3, 1) as unknown } });
    expect([drop.evidence.mark, drop.evidence.seeds!.map(({ seed }) => seed)]).toEqual([undefined, three]);
    expect(byId(claims, "initialisation-accuracy").verdict).toBe("not reproduced");
    const open = byId(found(contextOf([{ arm: "thinkdiff-clip", rate: 0.6, cases: 1 }, { arm: "no-rmsnorm", rate: 0.3, cases: 1 }, { ...control, cases: 1 }])), "rmsnorm-accuracy");
    expect(open).toMatchObject({ verdict: "not testable here", evidence: { n: 12, mark: "one seed" } });
    expect(open.evidence.nToDecide).toBeGreaterThan(12);
  });

  it("measures a drop by what there is to lose in the same run, and says that the paper has no number", () => {
    // A tenth is lost: little of 0.8, nearly all of 0.12.
    const of = (own: number): Claim => byId(found(contextOf([{ arm: "thinkdiff-clip", rate: own }, { arm: "no-rmsnorm", rate: own - 0.1 }, control])), "rmsnorm-accuracy");
    for (const own of [0.8, 0.12]) expect(of(own).evidence).toMatchObject({ published: expect.closeTo(own - 0.02, 1) as unknown, publishedFrom: expect.stringMatching(/no such number for ThinkDiff-CLIP/) as unknown });
    expect([of(0.8).evidence.note, of(0.12).evidence.note]).toEqual(["the direction holds; the interval excludes half the published size", undefined]);
  });

  it("tests no accuracy where there is nothing to lose, or where nobody knows how much", () => {
    const nothing = byId(found(contextOf([{ arm: "thinkdiff-clip", rate: 0.02 }, { arm: "no-rmsnorm", rate: 0.02 }, control])), "rmsnorm-accuracy");
    expect(nothing).toMatchObject({ verdict: "not testable here", evidence: { note: expect.stringMatching(/nothing to lose/) as unknown, effect: 0, n: 240 } });
    const unknown = byId(found(contextOf([{ arm: "thinkdiff-clip", rate: 0.6 }, { arm: "no-rmsnorm", rate: 0.1 }])), "rmsnorm-accuracy");
    expect(unknown).toMatchObject({ verdict: "not testable here", evidence: { note: expect.stringMatching(/needs the arm untrained-aligner/) as unknown } });
  });

  it("adjusts the p-values of its claims together", () => {
    const claims = found(contextOf([{ arm: "thinkdiff-clip", rate: 0.6 }, { arm: "no-rmsnorm", rate: 0.52 }, { arm: "default-init", rate: 0.56 }, control]));
    expect(claims.map(({ evidence }) => evidence.pHolm)).toEqual(holm(claims.map(({ evidence }) => evidence.p!)));
    expect(claims[1]!.evidence.pHolm).toBeGreaterThan(0);
  });

  it("judges convergence for every seed by the share of the baseline's fall, since the decoder knows the text's first words", () => {
    const base = three.flatMap((seed) => syntheticLosses("thinkdiff-clip", { seed, start: 1.6, end: 1.4 })), of = (variant: (seed: number) => Parameters<typeof syntheticLosses>[1]): Claim =>
      byId(found(contextOf([], [...base, ...three.flatMap((seed) => syntheticLosses("no-rmsnorm", { seed, start: 1.6, ...variant(seed) }))])), "rmsnorm-convergence");
    expect(of(() => ({ broken: 50 })).verdict).toBe("reproduced");
    expect(of(() => ({ end: 1.55 })).verdict).toBe("reproduced");
    expect(of(() => ({ end: 1.41 }))).toMatchObject({ verdict: "not reproduced", evidence: { note: expect.stringMatching(/ThinkDiff-LVLM's losses alone/) as unknown } });
    expect(of((seed) => ({ end: seed === 43 ? 1.55 : 1.41 }))).toMatchObject({ verdict: "not testable here", evidence: { note: expect.stringMatching(/1 of 3 trainings .* failed to converge/) as unknown } });
  });
});

describe("a run with ablations", () => {
  const losses = [...syntheticLosses("thinkdiff-clip", { start: 1.6, end: 1.4 }), ...syntheticLosses("no-rmsnorm", { start: 1.6, end: 1.4 })];
  const recordsOf = (arms: readonly Arm[]) => { const { record, samples } = contextOf(arms); return { record, samples, losses, embeddings: new Map() }; };

  it("has its ledger in the summary and, with every rule, in the report", async () => {
    const records = recordsOf([{ arm: "thinkdiff-clip", rate: 0.6, cases: 5 }, { arm: "no-rmsnorm", rate: 0.1, cases: 5 }, { ...control, cases: 5 }]), summary = composeSummary(records), page = await composeReport("", records, summary, 0);
    expect(summary.claims!.map(({ id, verdict }) => [id, verdict])).toEqual([["rmsnorm-convergence", "not reproduced"], ["rmsnorm-accuracy", "reproduced"]]);
    for (const text of ['id="claim-rmsnorm-accuracy"', "ThinkDiff-CLIP: without the RMS norm", "by resampling cases", "20 cases</small>", "<small>not printed, see notes</small>", ...clipRuleTexts.map(escapeHtml)]) expect(page).toContain(text);
    expect(page).not.toContain("resampling targets");
  });

  it("is told from one without", async () => {
    const records = recordsOf([{ arm: "thinkdiff-clip", rate: 0.6, cases: 2 }, { ...control, cases: 2 }]), summary = composeSummary({ ...records, losses: [] });
    expect(summary.claims).toBeUndefined();
    expect(await composeReport("", records, summary, 0)).not.toContain('id="claims"');
  });
});
