/** The judge at work: on drawn pictures, and on the benchmark's own. */
import { join } from "node:path";
import { decodeImage as decodeFile, pairPath } from "../../cobsat/dataset.ts";
import { clipJudge } from "../../cobsat/judge/clipJudge.ts";
import type { Judge, Judged } from "../../cobsat/judge/judge.ts";
import { pairsOf, targetKey, taskOf, type Pair, type Theme } from "../../cobsat/tasks.ts";
import type { Executor } from "../../graph/executor.ts";
import { decodeImage, encodePng } from "../../images/image.ts";
import type { Profile } from "../profile.ts";
import type { Session } from "./session.ts";

/** The profile's judge. It sees one picture at a time, so that no answer depends on another picture. */
export const profileJudge = (executor: Executor, { models, judgePrompt }: Profile): ReturnType<typeof clipJudge> =>
  clipJudge(executor, models.judge, { name: "judge", prompt: judgePrompt, batchSize: 1 });

/** What the judge makes of a PNG; a picture that cannot be decoded is told as a reason. */
export async function judgePng(judge: Judge, png: Uint8Array, theme: Theme): Promise<Judged | { readonly undecodable: string }> {
  let image;
  try {
    image = await decodeImage(png, { name: "the image" });
  } catch (error) {
    return { undecodable: (error as Error).message };
  }
  return (await judge.judge([{ image, theme }]))[0]!;
}

/** The judge on the benchmark's pictures, each judged once however many prompts ask for it. */
export function realJudge(judge: Judge, datasets: string): (pair: Pair) => Promise<Judged> {
  const known = new Map<string, Promise<Judged>>();
  return (pair) => {
    const key = targetKey(pair), found = known.get(key) ?? decodeFile(join(datasets, pairPath(pair))).then(async (image) => (await judge.judge([{ image, theme: pair.theme }]))[0]!);
    known.set(key, found);
    return found;
  };
}

/** Keeps the benchmark's pictures of the asked themes in the run folder, for the report and the arm "real-image". */
export async function keepBenchmarkImages({ run, request, profile }: Session): Promise<void> {
  const themes = new Set(request.tasks.map((task) => taskOf(task).theme)), missing = [...themes].flatMap(pairsOf).filter((pair) => run.record.benchmarkImages[targetKey(pair)] === undefined);
  const pngs = new Map<string, Uint8Array>();
  for (const pair of missing) {
    const { width, height, data } = await decodeFile(join(profile.dataset.folder, pairPath(pair)));
    pngs.set(targetKey(pair), await encodePng(data, width, height));
  }
  if (pngs.size > 0) run.recordBenchmarkImages(pngs);
}
