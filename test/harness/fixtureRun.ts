/** A run folder of invented records for tests: outcomes are drawn from made-up rates, images are labelled "synthetic". */
import sharp from "sharp";
import { outcomeOf } from "../../src/cobsat/judge/outcome.ts";
import { officialPrompts } from "../../src/cobsat/prompts.ts";
import { posePrompt, targetKey, taskOf, tasks, themes, pairsOf, type Pair } from "../../src/cobsat/tasks.ts";
import { writeAtomically } from "../../src/files/atomic.ts";
import { sha256 } from "../../src/files/sha256.ts";
import { carriedPlace } from "../../src/harness/aligner/carried.ts";
import { alignerFile } from "../../src/harness/aligner/record.ts";
import { Random } from "../../src/random/random.ts";
import type { Identity } from "../../src/harness/runs/identity.ts";
import { sampleId, type PlannedCell } from "../../src/harness/runs/plan.ts";
import { openRun } from "../../src/harness/runs/run.ts";
import type { Sample } from "../../src/harness/runs/samples.ts";

export const fixtureIdentity = (changes: Partial<Identity> = {}): Identity => ({
  kind: "cobsat", profile: "micro", seed: 7, device: "cpu", engine: "ort", source: sha256("source"),
  weights: { "synthetic/flux/model.safetensors": sha256("flux"), "synthetic/t5/model.safetensors": sha256("t5") },
  datasets: { "synthetic benchmark": sha256("images") }, prompts: { "official prompts": sha256("prompts") }, configs: {},
  settings: { records: "SYNTHETIC, invented for a test", masking: "random prefix", samplerSteps: 16 }, ...changes,
});

/** Made-up probabilities that the given and the inferred half are right. */
export const fixtureRates: Readonly<Record<string, readonly [number, number]>> = {
  "real-image": [0.99, 0.99], "true-caption": [0.97, 0.96], "lvlm-text": [0.97, 0.95], "text-bridge": [0.94, 0.92], "decoder-text": [0.9, 0.86],
  "thinkdiff-lvlm": [0.86, 0.8], "untrained-aligner": [0.12, 0.1], "shuffled-features": [0.12, 0.12],
};

const tints = ["#b4654a", "#5b8c5a", "#3f6f8f", "#c9a24b", "#7a5a8c", "#4d8f86"];

/** A small PNG: a tinted square that says it is synthetic; `big` beyond what reports embed as it is. */
export function fixturePng(label: string, big = false): Promise<Uint8Array> {
  const tint = tints[new Random("tint", label).int(tints.length)]!, side = big ? 400 : 64, safe = label.replace(/[<>&]/g, "");
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 64 64" width="${side}" height="${side}"><rect width="64" height="64" fill="#eee7da"/><circle cx="32" cy="36" r="17" fill="${tint}"/>
    <text x="32" y="11" font-size="8" text-anchor="middle" font-family="sans-serif">synthetic</text><text x="32" y="62" font-size="8" text-anchor="middle" font-family="sans-serif">${safe}</text></svg>`;
  return sharp(Buffer.from(svg)).png().toBuffer();
}

export const fixturePlan = (arms: readonly string[], taskNames: readonly string[], prompts: number, shots: readonly number[] = [2, 4]): PlannedCell[] =>
  arms.flatMap((arm) => shots.flatMap((k) => taskNames.map((task) => ({ arm, shots: k, task, prompts }))));

/** The invented sample of a planned one, without its image. */
export function fixtureSample(arm: string, shots: number, taskName: string, prompt: number): Sample & { pair: Pair } {
  const task = taskOf(taskName), { expected } = posePrompt(task, shots, prompt, officialPrompts()), random = new Random("fixture", arm, shots, taskName, prompt);
  const [given, inferred] = fixtureRates[arm] ?? [0.5, 0.5], hits = { [task.given]: random.uniform() < given, [task.given === "detail" ? "object" : "detail"]: random.uniform() < inferred };
  const other = (values: readonly string[], right: string): string => values.filter((v) => v !== right)[random.int(9)]!;
  const judged = { detail: hits.detail ? expected.detail : other(task.theme.details, expected.detail), object: hits.object ? expected.object : other(task.theme.subjects, expected.object) };
  const invalid = arm !== "real-image" && random.uniform() < 0.004;
  const outcome = invalid ? { outcome: "invalid" as const, reason: "detail: the judge gave no usable answer" } : outcomeOf(task, expected, judged);
  return {
    id: sampleId(arm, shots, taskName, prompt), arm, shots, task: taskName, taskId: task.id, prompt, seed: 7, expected: { detail: expected.detail, object: expected.object },
    ...(["real-image", "true-caption"].includes(arm) ? {} : { text: `Create an image of a ${judged.detail} ${judged.object} <synthetic text & "quotes">.` }),
    ...(invalid ? {} : { judged }), ...outcome, seconds: 0.25, pair: expected,
  };
}

export interface FixtureOptions {
  readonly prompts?: number;
  readonly tasks?: readonly string[];
  readonly arms?: readonly string[];
  readonly steps?: number;
}

/** Fills a run folder with invented samples, losses and stages. */
export async function writeFixtureRun(folder: string, { prompts = 4, tasks: names = tasks.map((t) => t.name), arms = Object.keys(fixtureRates), steps = 400 }: FixtureOptions = {}): Promise<void> {
  const run = openRun(folder, fixtureIdentity(), { arguments: { command: "bench:cobsat (synthetic fixture)", samples: prompts }, plan: fixturePlan(arms, names, prompts) });
  const chosen = themes.filter((theme) => names.some((name) => taskOf(name).theme === theme));
  const benchmark = new Map<string, Uint8Array>();
  for (const pair of chosen.flatMap(pairsOf)) benchmark.set(targetKey(pair), await fixturePng(`${pair.detail} ${pair.object}`));
  run.recordBenchmarkImages(benchmark);
  for (const { arm, shots, task, prompt } of run.remaining()) {
    const { pair, ...sample } = fixtureSample(arm, shots, task, prompt), drawn = !arm.endsWith("-text") && sample.judged;
    const image = !drawn ? undefined : run.saveImage(arm === "real-image" ? benchmark.get(targetKey(pair))! : await fixturePng(`${sample.judged!.detail} ${sample.judged!.object}`));
    run.appendSample({ ...sample, ...(image === undefined ? {} : { image }) } as Sample);
  }
  const random = new Random("losses");
  run.appendLosses(Array.from({ length: steps }, (_, step) => ({
    arm: "thinkdiff-lvlm", seed: 7, step, lr: 1e-3, gradNorm: 1, seconds: 0.2, loss: step === 30 ? NaN : 0.7 + 4 * Math.exp(-step / 60) + 0.08 * random.normal(),
    ...(step % 50 === 49 ? { heldOutLoss: 0.75 + 4 * Math.exp(-step / 60) } : {}),
  })));
  const trained = { name: "thinkdiff-lvlm", seed: 7 }, weights = "synthetic weights";
  writeAtomically(alignerFile(carriedPlace(folder, trained)), weights);
  run.recordTraining({ arm: trained.name, seed: trained.seed, parameters: 131_840, diverged: false, weights: sha256(weights) });
  run.appendDiagnostics({
    arm: "thinkdiff-lvlm", seed: 7, texts: 64, features: 900, states: 1000, norm: { aligned: [9, 10, 11, 12, 14], states: [10, 11, 12, 12.5, 13] },
    dimensions: { aligned: { mean: [0.5, 0.1, 0], deviation: [1, 1.5, 0.8] }, states: { mean: [0, 0, 0], deviation: [1, 1, 1] } },
    cosine: { own: [0.2, 0.3, 0.4, 0.5, 0.6], other: [-0.1, 0, 0.05, 0.1, 0.2] }, nearest: { aligned: [0.5, 0.6, 0.7, 0.8, 0.9], states: [0.2, 0.3, 0.4, 0.5, 0.6] }, nearestToken: 0.612,
    entropy: { aligned: [1.2, 1.1], states: [0.9, 0.8], uniform: { aligned: 2.6, states: 2.7 } },
  });
  for (const [stage, seconds] of [["features", 41.2], ["train", 88], ["generate", 262.5], ["judge", 12]] as const) run.recordStage({ stage, seconds, peakRssBytes: 1.9e9 });
  run.close();
}
