import { namesAlike } from "../../cobsat/judge/judge.ts";
import { Random } from "../../random/random.ts";
import { groupBy } from "../groupBy.ts";
import { clusterOf, type Sample } from "../runs/samples.ts";
import { bootstrapAccuracy } from "../statistics/bootstrap.ts";
import { compareArms } from "./cells.ts";
import type { JudgeScore, Proportion } from "./types.ts";

/** One judge's answer to a sample. */
interface Answer { readonly sample: Sample; readonly detail: string | null; readonly object: string | null; readonly correct: boolean; readonly faithful?: boolean | undefined }

/** Each judge's answer to a sample by the judge's name; the deciding judge has the empty name. */
function answersOf(sample: Sample): [judge: string, Answer][] {
  const { judged, faithful, also = {} } = sample;
  const first: [string, Answer][] = judged ? [["", { sample, ...judged, correct: sample.outcome === "correct", faithful }]] : [];
  return [...first, ...Object.entries(also).map(([name, other]): [string, Answer] => [name, { sample, detail: other.detail, object: other.object, correct: other.outcome === "correct", faithful: other.faithful }])];
}

/** The mean over tasks of how often `test` holds, with its cluster-bootstrap interval; null of no answer at all. */
function proportion(answers: readonly Answer[], seed: number, key: readonly (string | number)[], test: (answer: Answer) => boolean): Proportion | null {
  if (answers.length === 0) return null;
  const outcomes = answers.map((answer) => ({ task: answer.sample.task, cluster: clusterOf(answer.sample), correct: test(answer) }));
  const { estimate, low, high } = bootstrapAccuracy(outcomes, { random: new Random(seed, "bootstrap", "judges", ...key) });
  return { n: answers.length, rate: estimate, ci95: [low, high] };
}

/**
 * What each judge makes of each arm, where more than one judge looked or replies were read in CoBSAT's way: its own strict accuracy, the faithful one
 * where it replies in words, and how often it names both halves as the deciding judge does. The deciding judge's `judge` is the empty name.
 */
export function judgesOf(samples: readonly Sample[], seed: number): JudgeScore[] {
  const looked = samples.filter((s) => s.also !== undefined || s.faithful !== undefined);
  const answers = groupBy(looked.flatMap(answersOf), ([judge, { sample }]) => `${sample.arm}/${sample.shots}/${judge}`);
  return [...answers.values()].map((group): JudgeScore => {
    const judge = group[0]![0], { arm, shots } = group[0]![1].sample, own = group.map(([, answer]) => answer), key = [arm, shots, judge];
    return {
      arm, shots, judge,
      accuracy: proportion(own, seed, [...key, "accuracy"], (a) => a.correct)!,
      faithful: proportion(own.filter((a) => a.faithful !== undefined), seed, [...key, "faithful"], (a) => a.faithful!),
      agreement: judge === "" ? null : proportion(own.filter((a) => a.sample.judged !== undefined), seed, [...key, "agreement"], (a) => namesAlike(a, a.sample.judged!)),
    };
  }).sort((a, b) => compareArms(a.arm, b.arm) || a.shots - b.shots || (a.judge < b.judge ? -1 : 1));
}
