/** What a run of compositions would need, as plan.ts says it of the benchmark; of the user's own cases it needs the folder, or their number. */
import { existsSync } from "node:fs";
import { UserError } from "../../files/userError.ts";
import { parseEvaVitConfig } from "../../models/evaVit/config.ts";
import { parseT5Config } from "../../models/t5/config.ts";
import { recordFile } from "../aligner/record.ts";
import { composeMethod, drawsFromCaptions, noises } from "../benchCompose/arms.ts";
import { readTogether } from "../benchCompose/captions.ts";
import type { CaseSource } from "../benchCompose/cases.ts";
import { otherCase, waitingBytes } from "../benchCompose/conditions.ts";
import { longest } from "../benchCompose/folderCases.ts";
import { themesAsked } from "../benchCompose/judging.ts";
import { casesOf, composeProfile, composeRequest, type BenchComposeOptions } from "../benchCompose/options.ts";
import { caseBlocks, casesAtOnce, openIn, type CaseBlock, type OpenSample } from "../benchCompose/session.ts";
import { taskNamed } from "../benchCompose/tasks.ts";
import type { ProductShape } from "../calibrate.ts";
import { configOf, messageTokens, patchesOf, visionTokens } from "../configured.ts";
import { groupBy } from "../groupBy.ts";
import { windowsOf } from "../windows.ts";
import { recordedCaption, textCounter } from "./lengths.ts";
import { cacheBytes, clipCost, clipTrainingCost, decodingCost, drawingCost, llavaCost, pooledCost, readingCost, stepsOf, textCost, visionCost, writingCost } from "./sheets.ts";
import { hoursNote, memoryNotes, questionTokens, repliedTokens, sheetOf, trainingPictures, type Plan } from "./work.ts";

/** Training pictures that the vision tower reads at once. */
const readAtOnce = 32;

/** So many own cases of each kind of input, of which nothing else is known. */
const casesToCome = (count: number): CaseSource => ({ label: "cases to come", identity: "", known: false, count: () => count, at: (task) => ({ text: taskNamed(task).text ? "text" : "", expected: [], images: async () => [] }) });

function casesFor({ profile, samples }: BenchComposeOptions): CaseSource {
  const { folder } = profile.compose;
  if (folder === undefined || existsSync(folder)) return casesOf(profile);
  if (samples === undefined) throw new UserError(`${folder}: no such folder; name that of your cases with --cases, or say with --samples how many of each kind of input there will be`);
  return casesToCome(samples);
}

/** Samples of a case under an arm, which are drawn from the same features. */
interface Group { readonly block: CaseBlock; readonly open: OpenSample; readonly pictures: number; readonly images: number; readonly tokens: number }

/** Images that the vision tower reads for a block: each case's once for all arms, but for an order of its own. */
function imagesRead(block: CaseBlock, groups: readonly Group[], cases: CaseSource, seed: number): number {
  const read = groups.flatMap(({ open: { arm: { condition }, index } }) => (condition.kind === "aligned" ? [`${condition.images === "another" ? otherCase(block, cases, index, seed) : index} ${condition.images === "swapped"}`] : []));
  return new Set(read).size * taskNamed(block.task).images;
}

/** Plans a run of compositions; `rate` measures operations a second of a bare product. */
export async function planCompose(options: BenchComposeOptions, rate: (product: ProductShape) => Promise<number>): Promise<Plan> {
  const cases = casesFor(options), profile = composeProfile(options.profile, cases), request = composeRequest({ ...options, profile }, cases), blocks = caseBlocks(request.plan, cases, request.shard), sheet = sheetOf(profile, request);
  const { clipAligner: { experiment, shipped, atOnce, textTokens = profile.textTokens }, generation: { maxNewTokens }, compose: { similarity } } = profile, count = textTokens === undefined ? textCounter(profile) : undefined, caption = recordedCaption(profile, request.out) ?? maxNewTokens, perImage = visionTokens(profile);

  /** T5's tokens of what a case is drawn from beside images. */
  function textOf({ task }: CaseBlock, { arm: { condition }, index }: OpenSample): number {
    if (textTokens !== undefined) return textTokens;
    if (!count) return maxNewTokens;
    const { text, target } = cases.at(task, index), captioned = drawsFromCaptions(condition);
    return captioned ? taskNamed(task).images * caption + (text === "" ? 0 : count(text)) : count(condition.kind === "text" && condition.text === "target" ? target!.caption : text);
  }
  const samplesOf = blocks.map((block) => ({ block, all: openIn({ run: { samples: new Map() } }, block) }));
  const groups = samplesOf.flatMap(({ block, all }) => [...groupBy(all.filter(({ arm }) => arm.condition.kind !== "picture"), ({ arm, index }) => JSON.stringify([arm.name, index])).values()].map((own): Group =>
    ({ block, open: own[0]!, pictures: own.length, images: own[0]!.arm.condition.kind === "aligned" ? taskNamed(block.task).images : 0, tokens: textOf(block, own[0]!) })));
  const captioned = blocks.filter((block) => groups.some(({ block: own, open: { arm: { condition } } }) => own === block && drawsFromCaptions(condition))).reduce((sum, { task, cases: own }) => sum + own.length * taskNamed(task).images, 0);
  const side = cases.known ? profile.imageSize : longest, patches = patchesOf(profile, side), T = messageTokens / 2 + patches, together = readTogether(Array.from({ length: 2 * casesAtOnce }, () => ({ tokens: patches })))[0]!.length, held = { bytes: cacheBytes(profile, T + maxNewTokens, together) };
  sheet.add("features", "captions of the images, read", "lvlm", captioned, "reading", readingCost(profile, T, 1, patches, together), held);
  sheet.add("features", "captions of the images, written", "lvlm", captioned, "reading", writingCost(profile, maxNewTokens, together), held);

  const aligned = groups.some(({ open: { arm: { condition } } }) => condition.kind === "aligned" && condition.aligner === composeMethod), pictures = trainingPictures(profile.clipAligner), trained = aligned ? pictures ?? 0 : 0;
  const { hidden_size: width } = parseEvaVitConfig(configOf(profile, "vision")), { d_model: D } = parseT5Config(configOf(profile, "t5")), parameters = width * D + D ** 2 + 3 * D;
  sheet.add("train", "training pictures read", "vision", trained, "reading", visionCost(profile, readAtOnce), { loads: 2 });
  sheet.add("train", stepsOf(experiment, atOnce), "t5", aligned ? experiment.steps : 0, "training", clipTrainingCost(profile, experiment), { bytes: 16 * parameters });

  const ofBlock = groupBy(groups, ({ block: { task, first } }) => `${task} ${first}`), groupsOf = ({ task, first }: CaseBlock): readonly Group[] => ofBlock.get(`${task} ${first}`) ?? [];
  const windows = windowsOf(profile, blocks, (block) => waitingBytes(profile, block.task, groupsOf(block).map(({ open: { arm } }) => arm.condition))), windowsWith = (test: (group: Group) => boolean): number => windows.filter((window) => window.some((block) => groupsOf(block).some(test))).length;
  const all = windowsWith(() => true), kept = (times: number): { readonly loads: number } => ({ loads: profile.oneModelAtATime ? times : 1 }), perWindow = kept(all), texts = groups.reduce((sum, { tokens }) => sum + tokens, 0) / Math.max(1, groups.length);
  sheet.add("generate", "images read", "vision", blocks.reduce((sum, block) => sum + imagesRead(block, groupsOf(block), cases, request.seed), 0), "reading", visionCost(profile, 2), kept(windowsWith(({ images }) => images > 0)));
  sheet.add("generate", "texts through T5's encoder", "t5-text", groups.length, "reading", textCost(profile, Math.round(texts)), perWindow);
  sheet.add("generate", "texts through CLIP", "clip", groups.length, "reading", pooledCost(profile, Math.min(77, Math.round(texts))), { loads: all + perWindow.loads });
  for (const [i, [images, own]] of [...groupBy(groups, (group) => String(group.images))].sort().entries()) {
    const tokens = Math.round(Number(images) * perImage + own.reduce((sum, group) => sum + group.tokens, 0) / own.length);
    sheet.add("generate", `pictures from ${images === "0" ? "texts" : `${images} ${images === "1" ? "image" : "images"}`}, ${request.steps} steps of FLUX`, "flux", own.reduce((sum, group) => sum + group.pictures, 0), "drawing", drawingCost(profile, request.steps, tokens, noises), i === 0 ? perWindow : {});
  }
  const drawn = groups.reduce((sum, group) => sum + group.pictures, 0), samples = samplesOf.flatMap(({ all: own }) => own);
  sheet.add("generate", "pictures decoded", "vae", drawn, "drawing", decodingCost(profile), perWindow);

  const asked = samplesOf.reduce((sum, { block, all: own }) => sum + own.reduce((themes, { index }) => themes + (cases.known ? themesAsked(cases.at(block.task, index).expected) : 0), 0), 0);
  for (const judge of profile.judges) {
    if (judge.kind === "llava") sheet.add("judge", `themes asked of ${judge.name}`, judge.role, asked, "reading", llavaCost(profile, judge.role, questionTokens + repliedTokens));
    else if (judge.kind === "clip") sheet.add("judge", `themes asked of ${judge.name}`, judge.role, asked, "reading", clipCost(profile, judge.role));
  }
  const inputs = samplesOf.reduce((sum, { block, all: own }) => sum + new Set(own.map(({ index }) => index)).size * taskNamed(block.task).images, 0);
  sheet.add("judge", "pictures and images compared by CLIP", similarity, samples.length + inputs, "reading", clipCost(profile, similarity));
  return {
    ...await sheet.sum(rate),
    disk: { pictures: drawn * profile.imageSize ** 2 * 2, trainingFeatures: trained * perImage * width * 2, aligner: aligned ? 5 * 4 * parameters : 0 },
    samples: { planned: samples.length, cases: new Set(samplesOf.flatMap(({ block, all: own }) => own.map(({ index }) => `${block.task} ${index}`))).size, pictures: drawn, captions: captioned, "themes asked of a judge": asked, trainingPictures: trained },
    notes: [
      ...memoryNotes,
      `Images are taken to be ${side} x ${side} where the LVLM captions them, and a caption that it writes to be as long as it may be${count ? "; texts for FLUX are as long as they are, captions among them as long as recorded ones" : ""}.`,
      hoursNote,
      ...(aligned && existsSync(recordFile(shipped)) ? [`The aligner's training is counted; a run takes the aligner in ${shipped} where that is the one asked for, and trains none.`] : []),
      ...(aligned && pictures === undefined ? ["The pictures that train the aligner are not here, and reading them is not counted."] : []),
      ...(existsSync(profile.compose.folder ?? ".") ? [] : [`${profile.compose.folder} is not here: ${options.samples} cases of each kind of input are supposed.`]),
    ],
  };
}
