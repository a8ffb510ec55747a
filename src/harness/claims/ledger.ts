/** The ledger: every claim that a run's records speak of, with its verdict and what it rests on. */
import type { RunRecord } from "../runs/record.ts";
import { holm } from "../statistics/holm.ts";
import { deviation } from "../statistics/moments.ts";
import type { Claim, ClaimEvidence, Summary, Verdict } from "../summary/types.ts";
import type { ClaimContext, Finding, MeasuredFinding, PaperClaim } from "./claim.ts";
import { caveatsOf, trainedFor } from "./caveats.ts";
import { paperClaims } from "./index.ts";
import { acrossScales, excludedShare, seedMark, sensitivityOf, verdictOf } from "./rules.ts";

/** What the ledger itself reads of a run, of whatever kind it is. */
interface AnyRun {
  readonly record: RunRecord;
  readonly summary: Pick<Summary, "training">;
}

interface Settled {
  readonly verdict: Exclude<Verdict, "depends on scale">;
  readonly evidence: ClaimEvidence;
}

/** Notes that follow from the numbers. */
function remarks({ comparison: { seeds, effect }, published }: MeasuredFinding, { verdict, ci95 }: { readonly verdict: Verdict; readonly ci95: readonly [number, number] }): string[] {
  return [
    ...(verdict === "reproduced" && ci95[1] < excludedShare * published ? ["the direction holds; the interval excludes half the published size"] : []),
    ...(seeds.some((seed) => Math.sign(seed.effect) !== Math.sign(effect)) ? ["training seeds do not agree in direction"] : []),
  ];
}

function settleMeasured(finding: MeasuredFinding, aboutTraining: boolean, pHolm: number | null, family: number): Settled {
  const { comparison, published, publishedFrom, note, extra, scale } = finding, { effect, ci95, p, mcnemar, n, clusters, discordant, designEffect, seeds } = comparison;
  const verdict = verdictOf({ effect, ci95, pHolm, published }), { minimumDetectable, nToDecide } = sensitivityOf({ n, discordant, designEffect, published, family });
  const mark = aboutTraining ? seedMark(seeds.length) : undefined, notes = [note, ...remarks(finding, { verdict, ci95 })].filter((x) => x !== undefined).join("; ");
  const spread = seeds.length > 1 ? deviation(seeds.map(({ effect: own }) => own)) : null;
  return {
    verdict,
    evidence: {
      ...(scale === undefined ? {} : { scale }), effect, ci95, p, pHolm, family, n, clusters, published, ...(publishedFrom === undefined ? {} : { publishedFrom }),
      minimumDetectable: verdict === "reproduced" ? null : minimumDetectable, nToDecide: verdict === "not testable here" ? nToDecide : null,
      ...(mcnemar ? { mcnemar } : {}), designEffect, ...(aboutTraining ? { seeds, seedSpread: spread } : {}), ...(mark ? { mark } : {}), ...(notes ? { note: notes } : {}), ...extra,
    },
  };
}

function settle(finding: Finding, aboutTraining: boolean, pHolm: number | null, family: number): Settled {
  if (finding.kind === "measured") return settleMeasured(finding, aboutTraining, pHolm, family);
  const { scale, note, extra } = finding, common = { ...(scale === undefined ? {} : { scale }), ...(note === undefined ? {} : { note }), ...extra };
  if (finding.kind === "untestable") return { verdict: "not testable here", evidence: common };
  const mark = aboutTraining ? seedMark(finding.seeds.length) : undefined;
  return { verdict: finding.verdict, evidence: { ...common, ...(mark ? { mark } : {}), rule: finding.rule } };
}

function claimOf({ id, section, sentence, statement, aboutTraining, touchedBy = [] }: Omit<PaperClaim, "test">, { record, summary }: AnyRun, settled: readonly Settled[]): Claim {
  const caveats = [...caveatsOf(touchedBy, record), ...(aboutTraining ? trainedFor(summary.training) : [])], words = { sentence, section, ...(caveats.length > 0 ? { caveats } : {}) };
  if (settled.length === 1) return { id, statement, verdict: settled[0]!.verdict, evidence: { ...words, ...settled[0]!.evidence } };
  const verdict = acrossScales(settled.map((one) => one.verdict)), untested = verdict === "not testable here" ? [] : settled.filter((one) => one.verdict === "not testable here"), tested = settled.filter((one) => !untested.includes(one));
  const own = tested.find(({ evidence }) => evidence.scale === 1) ?? tested[0]!, untestedScales = untested.map(({ evidence: { scale = 1 } }) => scale);
  return { id, statement, verdict, evidence: { ...words, ...own.evidence, ...(untestedScales.length > 0 ? { untestedScales } : {}), scales: settled.map((one) => ({ verdict: one.verdict, ...one.evidence })) } };
}

/** Tests the claims on a run's records; p-values are adjusted together. */
export function ledgerOf<Context extends AnyRun>(context: Context, claims: readonly PaperClaim<Context>[]): Claim[] {
  const tested = claims.map((claim) => ({ claim, findings: claim.test(context) })).filter(({ findings }) => findings.length > 0);
  const raw = tested.flatMap(({ findings }) => findings).filter((finding) => finding.kind === "measured" && finding.comparison.p !== null) as MeasuredFinding[];
  const adjusted = holm(raw.map(({ comparison }) => comparison.p!)), family = raw.length;
  const pHolm = (finding: Finding): number | null => (raw.includes(finding as MeasuredFinding) ? adjusted[raw.indexOf(finding as MeasuredFinding)]! : null);
  return tested.map(({ claim, findings }) => claimOf(claim, context, findings.map((finding) => settle(finding, claim.aboutTraining, pHolm(finding), family))));
}

/** The ledger of a run of CoBSAT: every claim of the paper. */
export const ledger = (context: ClaimContext): Claim[] => ledgerOf(context, paperClaims);
