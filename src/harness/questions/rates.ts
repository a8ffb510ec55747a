/** Arms at several learning rates, and each one's own: the rate of the least held-out loss, so that no accuracy chooses. */
import { ratesOf, sweptArms } from "../../ablations/rate-sweep.ts";
import { totalLoss } from "../claims/ablationClaims.ts";
import { verdictOf } from "../claims/rules.ts";
import { decimal } from "../report/words.ts";
import { mean } from "../statistics/moments.ts";
import type { Summary } from "../summary/types.ts";
import type { Answer } from "./answers.ts";

export interface RatedArm {
  readonly name: string;
  /** In multiples of the baseline's. */
  readonly rate: number;
  /** At the end of training, the mean over training seeds; null where one diverged. */
  readonly heldOut: number | null;
  /** Of each training seed that has one. */
  readonly losses: ReadonlyMap<number, number>;
}

export interface Sweep {
  readonly arm: string;
  readonly rates: readonly RatedArm[];
  /** The one of the least held-out loss; undefined where none has one. */
  readonly best: RatedArm | undefined;
}

/** The swept arms that were trained, at the rates they were trained with, the baseline first. */
export function sweepsOf({ training }: Pick<Summary, "training">): Sweep[] {
  return sweptArms.flatMap((arm): Sweep[] => {
    const rates = ratesOf(arm).flatMap(({ name, rate }): RatedArm[] => {
      const own = training.filter((one) => one.arm === name), losses = new Map(own.flatMap(({ seed, heldOutLoss, diverged }) => (heldOutLoss === null || diverged ? [] : [[seed, heldOutLoss] as const])));
      return own.length === 0 ? [] : [{ name, rate, heldOut: losses.size === own.length ? mean([...losses.values()]) : null, losses }];
    });
    const sound = rates.filter(({ heldOut }) => heldOut !== null).sort((a, b) => a.heldOut! - b.heldOut!);
    return rates.length === 0 ? [] : [{ arm, rates, best: sound[0] }];
  });
}

const times = ({ rate }: RatedArm): string => `× ${Number(rate.toPrecision(2))}`;

/** How much more one rate's held-out loss is than another's; with several training seeds also between which differences of the same seed. */
function more(rated: RatedArm, than: RatedArm): string {
  const own = [...rated.losses].flatMap(([seed, loss]) => { const other = than.losses.get(seed); return other === undefined ? [] : [loss - other]; });
  return `${decimal(rated.heldOut! - than.heldOut!)} nats more${own.length > 1 ? ` (${decimal(Math.min(...own))} to ${decimal(Math.max(...own))} over ${own.length} training seeds)` : ""}`;
}

/** Which rate an arm has and which it would have wanted, by held-out loss; undefined where fewer than two rates were tried or none has a loss. */
function rateLine({ arm, rates, best }: Sweep): string | undefined {
  if (rates.length < 2 || !best) return undefined;
  const name = arm === sweptArms[0] ? "The baseline" : arm, own = rates.find(({ rate }) => rate === 1), others = rates.filter((one) => one !== best), next = others.filter(({ heldOut }) => heldOut !== null).sort((a, b) => a.heldOut! - b.heldOut!)[0];
  const end = best.rate !== 1 && (best === rates[0] || best === rates.at(-1)) ? "; that is the end of the sweep, so a rate beyond it may be better still" : "", broken = others.filter(({ heldOut }) => heldOut === null), diverged = broken.length > 0 ? `; ${broken.map(times).join(" and ")} diverged` : "";
  if (!own) return `${name} was tried at ${rates.map(times).join(" and ")} alone, not at the baseline's rate: the least held-out loss is that of ${times(best)}`;
  if (best === own) return `${name} has the rate of the least held-out loss among ${rates.map(times).join(", ")}${next ? `: the next, ${times(next)}, has ${more(next, best)}` : ""}${diverged}`;
  return `${name} would have wanted ${times(best)}: ${own.heldOut === null ? "the baseline's rate diverged" : `the baseline's rate has ${more(own, best)}`}${end}${diverged}`;
}

/** What a sweep of rates says in sentences: arm by arm whether its rate was the right one, then whether the norm only stands for another rate, by the ledger's rules. */
export function rateWords(summary: Pick<Summary, "training">, answers: readonly Answer[]): string[] {
  const sweeps = sweepsOf(summary), normless = sweeps.find(({ arm }) => arm === "no-rmsnorm"), answer = answers.find(({ arm, asks }) => asks === rateQuestion("no-rmsnorm") && arm === normless?.best?.name);
  const lines = sweeps.flatMap((sweep) => rateLine(sweep) ?? []);
  if (!answer) return lines;
  const { comparison: { effect, ci95: [low, high] }, pHolm, arm, against } = answer, verdict = verdictOf({ effect: -effect, ci95: [-high, -low], pHolm, published: totalLoss.published });
  const words = {
    "reproduced": "the norm does more than another rate would, and is needed",
    "not reproduced": "a norm that only needs another rate is not needed, and this one is not: what is lost without it is less than half of what the paper's words amount to",
    "not testable here": "these samples cannot tell whether the norm does more than another rate would",
  }[verdict];
  return [...lines, `Rates of their own by held-out loss, ${arm} against ${against}: ${words}`];
}

/** What is asked of a swept arm. */
export const rateQuestion = (arm: string): string => `Does ${arm} only need another learning rate?`;
