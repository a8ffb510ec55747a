/** What servers will cost, said and confirmed before any is asked. */
import { UserError } from "../../files/userError.ts";
import type { JudgeSpec } from "../profile.ts";
import type { DrawnArm } from "./arms.ts";

/** In whatever currency the user thinks. */
export interface Prices { readonly image?: number | undefined; readonly question?: number | undefined }

export interface Calls { readonly images: number; readonly questions: number }

/** The questions that servers are asked about each theme of a picture. */
export const questionsEach = (judges: readonly JudgeSpec[]): number => 2 * judges.filter(({ kind }) => kind === "http").length;

/** The most calls that unfinished samples need of servers: one picture each on arms that a server draws, two questions each where a server judges. */
export function callsFor(open: readonly { readonly id: string; readonly arm: string }[], arms: readonly DrawnArm[], judges: readonly JudgeSpec[], waiting: { has(id: string): boolean }, { draws, judges: judging }: { readonly draws: boolean; readonly judges: boolean }): Calls {
  const served = new Set(arms.filter(({ by }) => by === "server").map(({ name }) => name));
  return {
    images: draws ? open.filter(({ id, arm }) => served.has(arm) && !waiting.has(id)).length : 0,
    questions: judging ? questionsEach(judges) * open.filter(({ arm }) => arm !== "lvlm-text" && arm !== "decoder-text").length : 0,
  };
}

export interface Confirmation {
  /** Confirmed beforehand. */
  readonly yes?: boolean | undefined;
  /** Asks a person whether to go on at an estimated cost; nobody is there where left out. */
  readonly confirm?: ((estimate: string) => Promise<boolean>) | undefined;
}

const money = (x: number): string => x.toFixed(x < 1 ? 4 : 2);

/** Says what the calls will cost at most and has it confirmed; a UserError where a price is not known, nobody is there to ask, or the answer is no. */
export async function confirmCosts({ images, questions }: Calls, { image, question }: Prices, { yes = false, confirm }: Confirmation): Promise<void> {
  if (images > 0 && image === undefined) throw new UserError(`the arm "http" asks a server for up to ${images} pictures; say what one costs with --price-per-image (0 for a server of your own)`, 2);
  if (questions > 0 && question === undefined) throw new UserError(`a server judges, and is asked up to ${questions} questions; say what an answer costs with --price-per-question (0 for a server of your own)`, 2);
  const total = images * (image ?? 0) + questions * (question ?? 0);
  if (total === 0 || yes) return;
  const parts = [...(images > 0 ? [`${images} pictures at ${image}`] : []), ...(questions > 0 && question ? [`${questions} questions at ${question}`] : [])];
  const estimate = `up to ${parts.join(" and ")}: ${money(total)} in all, and more where a server charges attempts that failed`;
  if (confirm === undefined) throw new UserError(`${estimate}; nothing was asked: confirm with --yes`, 2);
  if (!(await confirm(estimate))) throw new UserError("not confirmed: nothing was asked", 1);
}
