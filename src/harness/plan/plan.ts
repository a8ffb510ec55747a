/** What a run of the benchmark would need: files, disk, memory of each stage, samples, operations and hours. Starts nothing, and needs neither weights nor data. */
import { existsSync } from "node:fs";
import { parseQwen2VLConfig } from "../../models/qwen2vl/config.ts";
import { parseT5Config } from "../../models/t5/config.ts";
import { recordFile } from "../aligner/record.ts";
import { drawnArms, isCheap, readsLvlm, type Condition } from "../benchCobsat/arms.ts";
import { promptBlocks, type PromptBlock } from "../benchCobsat/blocks.ts";
import { waitingBytes } from "../benchCobsat/conditions.ts";
import { requestOf, type BenchCobsatOptions } from "../benchCobsat/options.ts";
import { baselineTrainings, trainedArm, trainingsOf } from "../benchCobsat/trainings.ts";
import type { ProductShape } from "../calibrate.ts";
import { configOf, messageTokens, patchesOf } from "../configured.ts";
import { windowsOf } from "../windows.ts";
import { recordedTokens } from "./lengths.ts";
import { cacheBytes, clipCost, decodingCost, drawingCost, llavaCost, parametersOf, pooledCost, readingCost, stepsOf, textCost, trainingCost, writingCost } from "./sheets.ts";
import { hoursNote, memoryNotes, mebibyte, questionTokens, repliedTokens, sheetOf, trainingPictures, type Plan } from "./work.ts";

/** Plans a run; `rate` measures operations a second of a bare product. */
export async function planRun(options: BenchCobsatOptions, rate: (product: ProductShape) => Promise<number>): Promise<Plan> {
  const { profile } = options, request = requestOf(options), { batch, generation: { maxNewTokens }, aligner: { experiment } } = profile, blocks = promptBlocks(request.plan, batch.texts, request.shard);
  const lvlm = parseQwen2VLConfig(configOf(profile, "lvlm")), t5 = parseT5Config(configOf(profile, "t5")), side = profile.imageSize, patches = patchesOf(profile, side);
  const count = (test: (block: (typeof blocks)[number]) => boolean): number => blocks.filter(test).reduce((sum, { prompts }) => sum + prompts.length, 0), planned = (test: (arm: string) => boolean): number => blocks.reduce((sum, block) => sum + block.planned.filter(({ arm }) => test(arm)).length, 0);
  const served = planned((arm) => arm === "http"), drawn = planned((arm) => !isCheap(arm)) - served, trainings = trainingsOf(new Set(request.arms), baselineTrainings(profile, options.seeds)).length, aligned = trainings > 0;
  const textual = planned((arm) => drawnArms.some(({ name, condition }) => name === arm && arm !== "http" && condition.kind !== "aligned")), real = Math.min(planned((arm) => arm === "real-image"), 100 * new Set(request.tasks).size), judged = drawn + served + real;
  const drawing = [...drawnArms, ...baselineTrainings(profile, options.seeds).slice(1).map(trainedArm)], conditionsOf = (block: PromptBlock): Condition[] => drawing.filter(({ name, trainingSeed, by }) => by === undefined && block.planned.some((sample) => sample.arm === name && sample.trainingSeed === trainingSeed)).map(({ condition }) => condition), makerOf = ({ kind }: Condition) => (kind === "aligned" ? "generated" : "t5-text");
  const windows = windowsOf(profile, blocks, (block) => waitingBytes(profile, block, conditionsOf(block), makerOf)), loadsFor = (test: (condition: Condition) => boolean): number => (profile.oneModelAtATime ? windows.filter((window) => window.some((block) => conditionsOf(block).some(test))).length : 1);
  const perWindow = { loads: loadsFor(() => true) }, pictures = trainingPictures(profile.aligner), recorded = recordedTokens(profile, request.out, "lvlm-text", "lvlm", batch.texts), written = recorded ?? maxNewTokens, textTokens = profile.textTokens ?? recordedTokens(profile, request.out, "lvlm-text", "t5-text", batch.images) ?? maxNewTokens, sheet = sheetOf(profile, request);
  for (const shots of request.shots) {
    const answers = count((block) => block.shots === shots && block.planned.some(({ arm }) => readsLvlm(arm))), T = messageTokens + shots * patches;
    sheet.add("features", `the LVLM reads prompts of ${shots} shots`, "lvlm", answers, "reading", readingCost(profile, T, shots, patches, batch.texts), { bytes: cacheBytes(profile, T + maxNewTokens, batch.texts) });
    sheet.add("features", `the LVLM writes, ${shots} shots`, "lvlm", answers, "reading", writingCost(profile, written, batch.texts), { bytes: cacheBytes(profile, T + maxNewTokens, batch.texts) });
  }
  const captionTokens = profile.aligner.recipe?.maxNewTokens ?? maxNewTokens, features = aligned ? pictures ?? 0 : 0;
  sheet.add("features", "captions of training pictures, read", "lvlm", features, "reading", readingCost(profile, messageTokens / 2 + patches, 1, patches, 64), { bytes: cacheBytes(profile, messageTokens + patches + captionTokens, 64), loads: 2 });
  sheet.add("features", "captions of training pictures, written", "lvlm", features, "reading", writingCost(profile, captionTokens, 64));
  const alignerParameters = lvlm.hidden_size * t5.d_model + t5.d_model ** 2 + 3 * t5.d_model, part = (name: string): boolean => !name.startsWith("encoder."), decoder = parametersOf(profile, "t5", part);
  sheet.add("train", stepsOf(experiment, profile.aligner.atOnce), "t5", trainings * experiment.steps, "training", trainingCost(profile, captionTokens), { part, bytes: 16 * alignerParameters, loads: trainings });
  sheet.add("generate", "texts through T5's encoder", "t5-text", textual, "reading", textCost(profile, textTokens), { loads: loadsFor((condition) => makerOf(condition) === "t5-text") });
  sheet.add("generate", "texts from T5's decoder", "t5", planned((arm) => arm === "decoder-text"), "reading", { flops: 2 * decoder * (recordedTokens(profile, request.out, "decoder-text", "t5", batch.texts) ?? profile.decoderTokens), bytes: 0, product: [batch.texts, t5.d_model, t5.d_ff] }, { part });
  sheet.add("generate", "the empty prompt through CLIP", "clip", drawn > 0 ? 1 : 0, "reading", pooledCost(profile), perWindow);
  sheet.add("generate", `pictures, ${request.steps} steps of FLUX`, "flux", drawn, "drawing", drawingCost(profile, request.steps, textTokens, batch.images), perWindow);
  sheet.add("generate", "pictures decoded", "vae", drawn, "drawing", decodingCost(profile), perWindow);
  for (const judge of profile.judges) {
    if (judge.kind === "llava") sheet.add("judge", `pictures judged by ${judge.name}`, judge.role, judged, "reading", llavaCost(profile, judge.role, questionTokens + repliedTokens));
    else if (judge.kind === "clip") sheet.add("judge", `pictures judged by ${judge.name}`, judge.role, judged, "reading", clipCost(profile, judge.role));
  }
  const answers = count((block) => block.planned.some(({ arm }) => readsLvlm(arm)));
  return {
    ...await sheet.sum(rate),
    disk: { pictures: drawn * side * side * 2, answers: answers * maxNewTokens * lvlm.hidden_size * 4, trainingFeatures: features * captionTokens * lvlm.hidden_size * 2, aligner: trainings * 5 * 4 * alignerParameters },
    samples: { planned: blocks.reduce((sum, block) => sum + block.planned.length, 0), answers, pictures: drawn, ...(served > 0 ? { "pictures by a server": served } : {}), judged, trainingPictures: features },
    notes: [
      ...memoryNotes,
      `Pictures in prompts are taken to be ${side} x ${side}; ${recorded === undefined ? "a text to be as long as it may be" : `texts to be as long as recorded ones (of a batch the longest, ${recorded} tokens on average)`}.`,
      hoursNote,
      ...(aligned && existsSync(recordFile(profile.aligner.shipped)) ? [trainings > 1 ? `All ${trainings} trainings are counted; a run takes the aligner in ${profile.aligner.shipped} for the first where that is the one asked for.`
        : `The aligner's training and the captions it reads are counted; a run takes the aligner in ${profile.aligner.shipped} where that is the one asked for, and does neither.`] : []),
      ...(aligned && pictures === undefined ? [`The pictures that train the aligner are not here and not counted: 1,000 of them cost the LVLM about ${((1000 * (readingCost(profile, messageTokens / 2 + patches, 1, patches, 64).flops + writingCost(profile, captionTokens, 64).flops)) / 1e12).toFixed(0)} TFLOP, and their features ${Math.round((1000 * captionTokens * lvlm.hidden_size * 2) / mebibyte)} MiB of disk.`] : []),
    ],
  };
}
