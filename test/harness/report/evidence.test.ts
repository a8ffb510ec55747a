import { expect, test } from "vitest";
import { evidenceInWords } from "../../../src/harness/report/evidence.ts";

test("evidence is told in words, what is not known by its name", () => {
  expect(evidenceInWords("shareOfTrueCaption", { share: 0.371, ci95: [0.3, 0.44], n: 1250 })).toEqual(["reaches 0.37 of the true caption's accuracy, 95 % interval [0.30, 0.44], n = 1,250"]);
  expect(evidenceInWords("trainings", [{ seed: 42, baseline: { converged: true, finalLoss: 1.6112 }, variant: { converged: false, because: "the loss of step 9 is not finite", finalLoss: null } }]))
    .toEqual(["seed 42: the baseline converged, loss 1.611; the variant did not converge (the loss of step 9 is not finite)"]);
  expect(evidenceInWords("ownCost", [{ seed: 42, steps: 2400, seconds: 691, parameters: 77280 }])).toEqual(["here, seed 42: 2,400 steps in 11 min 31 s, 77,280 parameters"]);
  expect(evidenceInWords("published", { gpus: 4, gpu: "A100", hours: 5 })).toEqual(["the paper's: 5 hours on 4 A100 GPUs"]);
  expect(evidenceInWords("withTheWholeText", { effect: -0.0123, ci95: [-0.1, 0.05], n: 250 })[0]).toMatch(/−0.012 \[−0.10, 0.05\], n = 250$/);
  expect(evidenceInWords("unheard", { of: [0.123456, "x"] })).toEqual(["unheard: of 0.1235, x"]);
});
