/** What readers of the paper ask beyond its own ablations, answered from a run's samples by one rule. */
import { bridgeOf, fluxNoiseOf } from "../../ablations/flux-noise.ts";
import { ablations } from "../../ablations/index.ts";
import type { Question } from "../../ablations/experiment.ts";
import { ablationShots, compareArms, floorNote } from "../claims/armPairs.ts";
import type { ClaimContext } from "../claims/claim.ts";
import { alpha, power, seedMark } from "../claims/rules.ts";
import type { Comparison } from "../compare/paired.ts";
import { bounds, decimal } from "../report/words.ts";
import { holm } from "../statistics/holm.ts";
import { detectableDifference } from "../statistics/power.ts";
import { rateQuestion, sweepsOf } from "./rates.ts";

const baseline = "thinkdiff-lvlm";

/** The rule in words. */
export const answerRule = `An answer is given where p < ${alpha} after Holm's adjustment over the questions of this run, two-sided; otherwise it is open, with the least difference that as many pairs would show with 80 % power. These comparisons are no part of the ledger's family.`;

interface Asked {
  readonly question: Question;
  readonly arm: string;
  readonly against: string;
  readonly notes?: readonly string[];
}

export interface Answer {
  readonly asks: string;
  readonly arm: string;
  readonly against: string;
  /** The arm's accuracy less the other's. */
  readonly comparison: Comparison;
  readonly pHolm: number | null;
  readonly outcome: "better" | "worse" | "open";
  readonly words: string;
  readonly notes: readonly string[];
}

const differing = ({ effect, ci95 }: Comparison): string => `${decimal(effect)} ${bounds(ci95, 3)}`;

/** The registry's questions whose arms have samples. */
function ofAblations(context: ClaimContext, present: ReadonlySet<string>): Asked[] {
  return ablations.flatMap(({ name: arm, question }): Asked[] => {
    if (!question || !present.has(arm)) return [];
    const { against = baseline } = question, other = against !== baseline && present.has(against) ? compareArms(context, arm, baseline, ablationShots) : undefined;
    if (!present.has(against)) return [{ question, arm, against: baseline, notes: [`${against}, which differs in less, was not run`] }];
    return [{ question, arm, against, ...(other ? { notes: [`against the baseline, which splits the text as well: ${differing(other)}`] } : {}) }];
  });
}

/** Arms at their own rates against the baseline at its own, where they were trained with several. */
function ofRates({ summary }: ClaimContext): Asked[] {
  const [own, ...others] = sweepsOf(summary);
  if (own?.arm !== baseline || !own.best) return [];
  return others.flatMap(({ arm, rates, best }): Asked[] => (rates.length < 2 || !best ? [] : [{
    arm: best.name, against: own.best!.name, notes: [`rates of the least held-out loss: ${Number(best.rate.toPrecision(2))} times the baseline's for ${arm}, ${Number(own.best!.rate.toPrecision(2))} times for the baseline`],
    question: { asks: rateQuestion(arm), better: "yes: with its own rate it transfers more than the baseline with its own", worse: "no: with its own rate it still transfers less than the baseline with its own" },
  }]));
}

/** The copies of FLUX of the most and the least conditioning noise. */
function ofNoise(context: ClaimContext, present: ReadonlySet<string>): Asked[] {
  const amounts = [...present].flatMap((arm) => { const noise = fluxNoiseOf(arm); return noise && !noise.bridge ? [{ arm, amount: noise.amount }] : []; }).sort((a, b) => a.amount - b.amount);
  if (amounts.length < 2) return [];
  const least = amounts[0]!, most = amounts.at(-1)!, bridge = compareArms(context, bridgeOf(most.arm), bridgeOf(least.arm), ablationShots);
  return [{
    arm: most.arm, against: least.arm, ...(bridge ? { notes: [`the same copies draw the LVLM's text with a difference of ${differing(bridge)}`] } : {}),
    question: {
      asks: "Does the transfer need a FLUX that has seen noise on its conditioning?", better: `yes: trained on with ${most.amount} times its noise it draws more from aligned features than with ${least.amount}`,
      worse: `no: trained on with ${most.amount} times its noise it draws less from aligned features than with ${least.amount}`,
    },
  }];
}

/** What is to be kept in mind with every answer: few training seeds, or a baseline with nothing to lose. */
export function cautionsOf(context: ClaimContext, answers: readonly Answer[]): string[] {
  const mark = seedMark(Math.min(...answers.map(({ comparison: { seeds } }) => seeds.length))), floor = floorNote(context, baseline, ablationShots);
  return [...(mark ? [`${mark}: another training may answer otherwise`] : []), ...(floor ? [floor] : [])];
}

/** The questions that a run's samples speak of, with their answers. */
export function answersOf(context: ClaimContext): Answer[] {
  const present = new Set(context.samples.filter(({ shots }) => shots === ablationShots).map(({ arm }) => arm));
  const asked = [...ofAblations(context, present), ...ofNoise(context, present), ...ofRates(context)].flatMap((one) => {
    const comparison = compareArms(context, one.arm, one.against, ablationShots);
    return comparison ? [{ ...one, comparison }] : [];
  });
  const adjusted = holm(asked.flatMap(({ comparison: { p } }) => p ?? [])), places = asked.flatMap(({ comparison: { p } }, i) => (p === null ? [] : [i]));
  return asked.map(({ question: { asks, better, worse }, arm, against, comparison, notes = [] }, i): Answer => {
    const pHolm = places.includes(i) ? adjusted[places.indexOf(i)]! : null, { effect, n, discordant, designEffect } = comparison;
    const outcome = pHolm !== null && pHolm < alpha && effect !== 0 ? (effect > 0 ? "better" : "worse") : "open", least = detectableDifference(n, { alpha: alpha / Math.max(1, adjusted.length), power, discordant, designEffect });
    const open = `cannot be told from these samples${least === null ? "" : `, which would show a difference of ${least.toFixed(2)}`}`;
    return { asks, arm, against, comparison, pHolm, outcome, words: { better, worse, open }[outcome], notes };
  });
}
