/** The judges at work: on drawn pictures, and on the benchmark's own. The first one decides outcomes; what the others say stands beside it. */
import { join } from "node:path";
import { pairPath } from "../../cobsat/dataset.ts";
import { clipJudge } from "../../cobsat/judge/clipJudge.ts";
import { httpJudge, httpJudgeIdentity } from "../../cobsat/judge/httpJudge.ts";
import type { Judge, JudgeItem, Judged } from "../../cobsat/judge/judge.ts";
import { llavaJudge } from "../../cobsat/judge/llavaJudge.ts";
import { questions } from "../../cobsat/judge/questions.ts";
import { pairsOf, targetKey, taskOf, themes, valuesOf, type Pair, type Theme } from "../../cobsat/tasks.ts";
import { sha256 } from "../../files/sha256.ts";
import type { Executor } from "../../graph/executor.ts";
import { decodeImage, encodePng } from "../../images/image.ts";
import type { JudgeSpec, Profile } from "../profile.ts";
import type { Session } from "./session.ts";

type HeldJudge = Judge & { release(): Promise<void> };

/** A profile's judge, ready. It sees one picture at a time, so that no answer depends on another picture. */
export async function openJudge(executor: Executor, { models, cache }: Pick<Profile, "models" | "cache">, spec: JudgeSpec): Promise<HeldJudge> {
  const { name } = spec;
  if (spec.kind === "clip") return clipJudge(executor, models[spec.role], { name, prompt: spec.prompt, batchSize: 1 });
  if (spec.kind === "llava") return llavaJudge(executor, models[spec.role], { name });
  return httpJudge({ ...spec, folder: join(cache, "judge", sha256(httpJudgeIdentity(spec)).slice(0, 16)) });
}

/** What decides a judge's answers beside its model's files, as an identity records it. */
export function judgeSetting(spec: JudgeSpec): Record<string, string> {
  if (spec.kind !== "clip") return { name: spec.name, kind: spec.kind, questions: sha256(JSON.stringify(themes.map(questions))), ...(spec.kind === "http" ? { server: httpJudgeIdentity(spec) } : {}) };
  const words = themes.flatMap((theme) => (["detail", "object"] as const).flatMap((half) => valuesOf(theme, half).map((value) => spec.prompt(theme, half, value))));
  return { name: spec.name, kind: "CLIP, forced choice", words: sha256(JSON.stringify(words)) };
}

/** The first judge's answer, and the others' by name. */
export interface Verdict { readonly judged: Judged; readonly also: Readonly<Record<string, Judged>> }

export interface Panel {
  /** Verdicts on pictures, in order. */
  judge(items: readonly JudgeItem[]): Promise<Verdict[]>;
  release(): Promise<void>;
}

/** All judges of a profile. */
export async function openPanel(executor: Executor, profile: Profile): Promise<Panel> {
  const judges: HeldJudge[] = [];
  for (const spec of profile.judges) judges.push(await openJudge(executor, profile, spec));
  return {
    async judge(items) {
      const answers: (readonly Judged[])[] = [];
      for (const judge of judges) answers.push(await judge.judge(items));
      return items.map((_, i) => ({ judged: answers[0]![i]!, also: Object.fromEntries(judges.slice(1).map(({ name }, j) => [name, answers[j + 1]![i]!])) }));
    },
    async release() { for (const judge of judges) await judge.release(); },
  };
}

/** What the judges make of PNGs; a picture that cannot be decoded is told as a reason. */
export async function judgePngs(panel: Panel, pngs: readonly { readonly png: Uint8Array; readonly theme: Theme }[]): Promise<(Verdict | { readonly undecodable: string })[]> {
  const decoded = await Promise.all(pngs.map(async ({ png, theme }): Promise<JudgeItem | { readonly undecodable: string }> =>
    decodeImage(png, { name: "the image" }).then((image) => ({ image, theme }), (error: unknown) => ({ undecodable: (error as Error).message }))));
  const verdicts = (await panel.judge(decoded.filter((item) => "image" in item))).values();
  return decoded.map((item) => ("undecodable" in item ? item : verdicts.next().value!));
}

/** The judges on the benchmark's pictures, each judged once however many prompts ask for it. */
export function realVerdicts(panel: Panel, datasets: string): (pair: Pair) => Promise<Verdict> {
  const known = new Map<string, Promise<Verdict>>();
  return (pair) => {
    const key = targetKey(pair), found = known.get(key) ?? decodeImage(join(datasets, pairPath(pair))).then(async (image) => (await panel.judge([{ image, theme: pair.theme }]))[0]!);
    known.set(key, found);
    return found;
  };
}

/** Keeps the benchmark's pictures of the asked themes in the run folder, for the report and the arm "real-image". */
export async function keepBenchmarkImages({ run, request, profile }: Pick<Session, "run" | "profile"> & { readonly request: Pick<Session["request"], "tasks"> }): Promise<void> {
  const themes = new Set(request.tasks.map((task) => taskOf(task).theme)), missing = [...themes].flatMap(pairsOf).filter((pair) => run.record.benchmarkImages[targetKey(pair)] === undefined);
  const pngs = new Map<string, Uint8Array>();
  for (const pair of missing) {
    const { width, height, data } = await decodeImage(join(profile.dataset.folder, pairPath(pair)));
    pngs.set(targetKey(pair), await encodePng(data, width, height));
  }
  if (pngs.size > 0) run.recordBenchmarkImages(pngs);
}
