/** Which prompts the gallery shows: a seeded choice per task, half of it failures where there are enough. */
import { taskOf, tasks } from "../../cobsat/tasks.ts";
import { Random } from "../../random/random.ts";
import { groupBy } from "../groupBy.ts";
import type { Sample } from "../runs/samples.ts";
import { compareArms } from "../summary/cells.ts";

/** A prompt as posed to every arm. */
export interface GalleryItem {
  readonly task: string;
  readonly shots: number;
  readonly prompt: number;
  /** One sample per arm, in the ladder's order. */
  readonly samples: readonly Sample[];
}

/** The arm whose outcome decides what a failure is: ThinkDiff-LVLM, else the first that drew. */
export function mainArm(samples: readonly Sample[]): string {
  const arms = [...new Set(samples.filter((sample) => sample.image !== undefined || sample.outcome === "invalid").map((sample) => sample.arm))].sort(compareArms);
  return arms.includes("thinkdiff-lvlm") ? "thinkdiff-lvlm" : (arms[0] ?? "");
}

function choose(items: readonly GalleryItem[], most: number, main: string, random: Random): GalleryItem[] {
  const shuffled = items.map((item) => ({ item, key: random.uniform() })).sort((a, b) => a.key - b.key).map(({ item }) => item);
  const failed = (item: GalleryItem): boolean => item.samples.some((sample) => sample.arm === main && sample.outcome !== "correct");
  const failures = shuffled.filter(failed), others = shuffled.filter((item) => !failed(item));
  const wanted = Math.max(Math.ceil(most / 2), most - others.length);
  return [...failures.slice(0, wanted), ...others].slice(0, most).sort((a, b) => a.prompt - b.prompt);
}

/** At most `mostPerTask` prompts per task, shared evenly by the numbers of shots; only prompts that the main arm was scored on. */
export function chooseGallery(samples: readonly Sample[], mostPerTask: number, seed: number): GalleryItem[] {
  const main = mainArm(samples), shotCounts = [...new Set(samples.map((sample) => sample.shots))].sort((a, b) => a - b), most = Math.ceil(mostPerTask / Math.max(1, shotCounts.length));
  const items = [...groupBy(samples, (sample) => `${sample.shots}/${sample.task}/${sample.prompt}`).values()].map((group): GalleryItem =>
    ({ task: group[0]!.task, shots: group[0]!.shots, prompt: group[0]!.prompt, samples: [...group].sort((a, b) => compareArms(a.arm, b.arm) || a.seed - b.seed) }));
  const shown = items.filter((item) => item.samples.some((sample) => sample.arm === main)).sort((a, b) => a.prompt - b.prompt);
  return tasks.flatMap((task) => shotCounts.flatMap((shots) =>
    choose(shown.filter((item) => taskOf(item.task).id === task.id && item.shots === shots), most, main, new Random(seed, "gallery", task.id, shots))));
}
