import { expect, test } from "vitest";
import { ledger } from "../../../src/harness/claims/ledger.ts";
import { ruleTexts } from "../../../src/harness/claims/rules.ts";
import { claims } from "../../../src/harness/report/claims.ts";
import { escapeHtml } from "../../../src/harness/report/html.ts";
import { syntheticContext, syntheticLosses } from "../claims/synthetic.ts";

const context = syntheticContext(
  [{ arm: "thinkdiff-lvlm", rate: 0.8 }, { arm: "no-masking", rate: 0.4 }, { arm: "no-rmsnorm", rate: 0.8 }, { arm: "thinkdiff-lvlm@8", rate: 0.8 }, { arm: "no-rmsnorm@8", rate: 0.2 }],
  { losses: [...syntheticLosses("thinkdiff-lvlm"), ...syntheticLosses("no-rmsnorm", { broken: 30 })] },
);

test("a reader of the ledger sees sentence, verdict, effect, interval, p, n, marks and the rules", () => {
  const found = ledger(context), page = claims({ ...context, summary: { ...context.summary, claims: found } }).text, masking = found.find(({ id }) => id === "masking-helps")!;
  for (const text of [
    "“Without the random masked training, ThinkDiff-LVLM converges quickly but achieves inferior evaluation accuracy", "(4.4, Table 3)", "reproduced</span><small>one seed</small>", `+${masking.evidence.effect!.toFixed(3)}`, "+0.130", "McNemar", "<td>80<small>",
    "depends on scale</span>", "norm × 1</th>", "norm × 8</th>", "not testable here</span>", "the loss of step 30 is not finite",
  ]) expect(page).toContain(text);
  for (const rule of ruleTexts) expect(page).toContain(escapeHtml(rule));
});

test("a verdict that holds at some scales says at which it could not be told", () => {
  const arms = (scale: string, prompts: number) => [{ arm: `thinkdiff-lvlm${scale}`, rate: 0.8, prompts }, { arm: `no-rmsnorm${scale}`, rate: 0.1, prompts }], few = syntheticContext([...arms("", 20), ...arms("@0.125", 1), ...arms("@8", 1)]);
  const page = (context: typeof few): string => claims({ ...context, summary: { ...context.summary, claims: ledger(context) } }).text;
  expect(page(few)).toContain("not testable here at norm × 0.125 and × 8: the verdict is that of the other scales");
  expect(page(context)).not.toContain("the verdict is that of the other scales");
});

test("there is no section without claims", () => {
  expect(claims({ ...context, summary: { ...context.summary, claims: [] } }).text).toBe("");
});
