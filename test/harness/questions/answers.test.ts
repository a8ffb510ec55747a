import { describe, expect, it } from "vitest";
import { answersOf } from "../../../src/harness/questions/answers.ts";
import { rateWords, sweepsOf } from "../../../src/harness/questions/rates.ts";
import { questions } from "../../../src/harness/report/questions.ts";
import { holm } from "../../../src/harness/statistics/holm.ts";
import type { ClaimContext } from "../../../src/harness/claims/claim.ts";
import { syntheticContext, syntheticLosses, type SyntheticArm } from "../claims/synthetic.ts";

const baseline = { arm: "thinkdiff-lvlm", rate: 0.6 }, of = (arms: readonly SyntheticArm[], held: Readonly<Record<string, number>> = {}): ClaimContext =>
  syntheticContext(arms, { losses: Object.entries(held).flatMap(([arm, heldOutLoss]) => syntheticLosses(arm).map((line, i) => (i === 199 ? { ...line, heldOutLoss } : line))) });

describe("questions beyond the paper", () => {
  it("are none where no arm asks one", () => expect(answersOf(of([baseline, { arm: "no-masking", rate: 0.2 }]))).toEqual([]));

  it("are answered where the difference is clear, and left open where it is not", () => {
    const answers = answersOf(of([baseline, { arm: "linear-aligner", rate: 0.2 }, { arm: "deep-aligner", rate: 0.95 }, { arm: "wide-aligner", rate: 0.62 }]));
    expect(answers.map(({ arm, outcome, words }) => [arm, outcome, words])).toEqual([
      ["linear-aligner", "worse", "yes: one linear layer transfers less"], ["deep-aligner", "better", "yes"], ["wide-aligner", "open", expect.stringMatching(/^cannot be told from these samples/)],
    ]);
    expect(answers.map(({ pHolm }) => pHolm)).toEqual(holm(answers.map(({ comparison }) => comparison.p!)));
  });

  it("compare with the arm that differs in one thing alone where it was run", () => {
    const arms = [baseline, { arm: "encoder-states", rate: 0.3 }], [alone] = answersOf(of(arms)), [beside] = answersOf(of([...arms, { arm: "no-masking", rate: 0.8 }]));
    expect([alone!.against, alone!.notes[0]]).toEqual(["thinkdiff-lvlm", "no-masking, which differs in less, was not run"]);
    expect([beside!.against, beside!.outcome]).toEqual(["no-masking", "worse"]);
    expect(beside!.comparison.effect).toBeLessThan(alone!.comparison.effect);
    expect(beside!.notes[0]).toMatch(/^against the baseline, which splits the text as well: −0\.\d+ \[−/);
  });

  it("give every arm its own rate by held-out loss, never by accuracy", () => {
    const arms = [baseline, { arm: "thinkdiff-lvlm-triple-rate", rate: 0.9 }, { arm: "no-rmsnorm", rate: 0.1 }, { arm: "no-rmsnorm-third-rate", rate: 0.95 }, { arm: "no-rmsnorm-triple-rate", rate: 0.58 }];
    const context = of(arms, { "thinkdiff-lvlm": 1.6, "thinkdiff-lvlm-triple-rate": 1.9, "no-rmsnorm": 1.8, "no-rmsnorm-third-rate": 2.2, "no-rmsnorm-triple-rate": 1.7 });
    expect(sweepsOf(context.summary).map(({ arm, best }) => [arm, best!.rate])).toEqual([["thinkdiff-lvlm", 1], ["no-rmsnorm", 3]]);
    const [answer] = answersOf(context);
    expect([answer!.asks, answer!.arm, answer!.against, answer!.outcome]).toEqual(["Does no-rmsnorm only need another learning rate?", "no-rmsnorm-triple-rate", "thinkdiff-lvlm", "open"]);
    expect(answersOf(of(arms, { "thinkdiff-lvlm": 1.6, "no-rmsnorm": 1.5, "no-rmsnorm-third-rate": 2 }))[0]!.outcome).toBe("worse");
  });

  it("say of a sweep whether each arm had the rate of its least held-out loss, and what the norm is beside a rate", () => {
    const words = (held: Readonly<Record<string, number>>, normless: number): string[] => {
      const context = of([baseline, { arm: "no-rmsnorm", rate: 0.1 }, { arm: "no-rmsnorm-triple-rate", rate: normless }], held);
      return rateWords(context.summary, answersOf(context));
    };
    const held = { "thinkdiff-lvlm": 1.6, "thinkdiff-lvlm-third-rate": 1.75, "thinkdiff-lvlm-triple-rate": 1.9, "no-rmsnorm": 1.8, "no-rmsnorm-triple-rate": 1.7 };
    const lines = words(held, 0.2);
    expect(lines[0]).toBe("The baseline has the rate of the least held-out loss among × 0.33, × 1, × 3: the next, × 0.33, has 0.150 nats more");
    expect(lines[1]).toBe("no-rmsnorm would have wanted × 3: the baseline's rate has 0.100 nats more; that is the end of the sweep, so a rate beyond it may be better still");
    expect(lines[2]).toMatch(/^Rates of their own by held-out loss, no-rmsnorm-triple-rate against thinkdiff-lvlm: the norm does more than another rate would/);
    expect(words(held, 0.6)[2]).toMatch(/a norm that only needs another rate is not needed, and this one is not/);
    expect(words({ ...held, "thinkdiff-lvlm": 1.8 }, 0.6)[0]).toMatch(/^The baseline would have wanted × 0\.33: the baseline's rate has 0\.050 nats more; that is the end/);
    expect(words({ "thinkdiff-lvlm": 1.6, "no-rmsnorm": 1.8 }, 0.6)).toEqual([]);
  });

  it("tell how rates differ seed by seed, and which diverged", () => {
    const line = (arm: string, seed: number, heldOutLoss: number) => syntheticLosses(arm, { seed }).map((one, i) => (i === 199 ? { ...one, heldOutLoss } : one));
    const { summary } = syntheticContext([baseline], { losses: [...line("thinkdiff-lvlm", 42, 1.6), ...line("thinkdiff-lvlm", 43, 1.7), ...line("thinkdiff-lvlm-third-rate", 42, 1.65), ...line("thinkdiff-lvlm-third-rate", 43, 1.69)] });
    const diverged = { ...summary.training[0]!, arm: "thinkdiff-lvlm-triple-rate", diverged: true };
    expect(rateWords({ training: [...summary.training, diverged] }, [])).toEqual(["The baseline has the rate of the least held-out loss among × 0.33, × 1, × 3: the next, × 0.33, has 0.020 nats more (−0.010 to 0.050 over 2 training seeds); × 3 diverged"]);
  });

  it("ask the copies of FLUX with most and least noise, beside what they draw from texts", () => {
    const [answer] = answersOf(of([baseline, { arm: "flux-noise-0", rate: 0.1 }, { arm: "flux-noise-0-bridge", rate: 0.7 }, { arm: "flux-noise-1", rate: 0.3 }, { arm: "flux-noise-1.5", rate: 0.5 }, { arm: "flux-noise-1.5-bridge", rate: 0.6 }]));
    expect([answer!.arm, answer!.against, answer!.outcome]).toEqual(["flux-noise-1.5", "flux-noise-0", "better"]);
    expect(answer!.notes[0]).toMatch(/draw the LVLM's text with a difference of −0\.\d+ \[−/);
  });

  it("stand in the report with words, a drawing and the rates' curve", () => {
    const context = of([baseline, { arm: "linear-aligner", rate: 0.2 }, { arm: "thinkdiff-lvlm-triple-rate", rate: 0.5 }], { "thinkdiff-lvlm": 1.6, "thinkdiff-lvlm-triple-rate": 1.5 });
    const page = questions({ ...context, summary: { ...context.summary, claims: [], averages: [] } }).text;
    for (const text of ["<h3>Need the aligner be more than linear?</h3>", "yes: one linear layer transfers less.", "<b>One seed: another training may answer otherwise.</b>", "<svg class=\"curve forest\"", "data-curves=\"rate-data\"", "<b>1.500</b>"]) expect(page).toContain(text);
    const swept = of([baseline], { "thinkdiff-lvlm": 1.6, "thinkdiff-lvlm-third-rate": 1.5 });
    expect(questions({ ...swept, summary: { ...swept.summary, claims: [] } }).text).toMatch(/The baseline would have wanted × 0\.33: the baseline.{1,5}s rate has 0\.100 nats more; /);
    expect(questions({ ...of([baseline]), summary: { ...of([baseline]).summary, claims: [] } }).text).toBe("");
  });
});
