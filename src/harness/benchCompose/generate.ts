/** Stages "generate" and "judge": the pictures of each window of blocks first, which wait in generated.jsonl, then what the judges make of them. */
import { inLanes } from "../../graph/executor.ts";
import { decodeImage, encodePng } from "../../images/image.ts";
import type { AlignerSource } from "../benchCobsat/aligners.ts";
import { appendDrawn, readDrawn, readDrawnPng } from "../benchCobsat/drawn.ts";
import { openPanel } from "../benchCobsat/judging.ts";
import { lazily } from "../benchCobsat/lazily.ts";
import { fluxPainter, type Painted } from "../benchCobsat/painter.ts";
import { goOn } from "../benchCobsat/session.ts";
import { groupBy } from "../groupBy.ts";
import { startProgress } from "../progress.ts";
import { windowsOf } from "../windows.ts";
import { drawsFromCaptions, noises, type ComposeCondition } from "./arms.ts";
import { readCaptions } from "./captions.ts";
import { inputKey, type PosedCase } from "./cases.ts";
import { taskNamed } from "./tasks.ts";
import { composeConditions, waitingBytes, type DrawnFrom } from "./conditions.ts";
import { appendEmbeddings } from "./embeddings.ts";
import { judgeCompositions, type Reading } from "./judging.ts";
import type { ComposeLine } from "./lines.ts";
import { openIn, undrawnOf, type CaseBlock, type ComposeSession, type OpenSample } from "./session.ts";
import { cosine, imageSimilarity } from "./similarity.ts";

/** Pictures given to the judges together. */
const judgedAtOnce = 16;

/** Draws and judges what the blocks still lack; only draws where the request ends with "generate". Models too large to be loaded together take turns window by window, the judges last. */
export async function generateAndJudge(session: ComposeSession, trained: ReadonlyMap<string, AlignerSource>): Promise<void> {
  const { run, request, profile, executor, clock, cases } = session, { folder } = run, judges = request.last === "judge", waiting = readDrawn(folder);
  const conditions = composeConditions(session, trained), painter = lazily(() => fluxPainter(executor, profile, request.steps));
  const panel = lazily(() => openPanel(executor, profile)), similarity = lazily(() => imageSimilarity(executor, profile.models[profile.compose.similarity]));
  const all = session.blocks.flatMap((block) => block.planned).length, left = session.blocks.flatMap((block) => openIn(session, block)).filter(({ sample }) => !waiting.has(sample.id)).length;
  const progress = startProgress("pictures", all, { alreadyDone: all - left });

  const lineOf = (block: CaseBlock, { sample: { id, arm: name, prompt, trainingSeed }, arm: { condition }, index, noise }: OpenSample): Pick<ComposeLine, "id" | "arm" | "shots" | "task" | "prompt" | "case" | "noise" | "seed" | "name" | "expected" | "text" | "captions"> => {
    const task = taskNamed(block.task), { name: own, expected, text } = cases.at(block.task, index), seed = condition.kind === "aligned" ? (trainingSeed ?? profile.clipAligner.experiment.seed) : request.seed;
    const captions = drawsFromCaptions(condition) ? readCaptions(folder, block)[block.cases.indexOf(index)]! : undefined;
    return { id, arm: name, shots: task.images, task: task.name, prompt, case: index, noise, seed, ...(own === undefined ? {} : { name: own }), expected: [...expected], text, ...(captions === undefined ? {} : { captions: [...captions] }) };
  };

  /** Pictures of a case under an arm from all of its noises, so that the batch is always the same. */
  async function paintCase({ arm: { still }, index }: OpenSample, block: CaseBlock, { promptEmbeds, pooled }: DrawnFrom): Promise<Painted[]> {
    const { images, name } = taskNamed(block.task);
    return (await painter.get()).paint(Array.from({ length: still ? 1 : noises }, (_, noise) => ({ noise: { seed: request.seed, shots: images, task: name, prompt: index * noises + noise }, promptEmbeds, pooled })));
  }

  /** Keeps the pictures that are asked for. */
  function keepCase(block: CaseBlock, open: readonly OpenSample[], painted: readonly Painted[], seconds: number): void {
    const failed: ComposeLine[] = [];
    for (const one of open) {
      const picture = painted[one.noise]!;
      if ("reason" in picture) failed.push({ ...lineOf(block, one), outcome: "invalid", reason: picture.reason, seconds });
      else {
        const drawn = { id: one.sample.id, image: run.saveImage(picture.png), seconds };
        appendDrawn(folder, [drawn]);
        waiting.set(drawn.id, drawn);
      }
    }
    run.appendSamples(failed);
    progress.add(open.length);
  }

  /** A block's undrawn samples, those of one picture's features together. */
  const undrawn = (block: CaseBlock): { readonly block: CaseBlock; readonly open: readonly OpenSample[]; readonly condition: ComposeCondition; readonly index: number }[] =>
    [...groupBy(undrawnOf(openIn(session, block), waiting), ({ sample: { trainingSeed }, arm, index }) => JSON.stringify([arm.name, trainingSeed, index])).values()]
      .map((open) => ({ block, open, condition: open[0]!.arm.condition, index: open[0]!.index }));

  async function draw(blocks: readonly CaseBlock[]): Promise<void> {
    const groups = blocks.flatMap(undrawn);
    if (groups.length === 0) return;
    goOn(session);
    const features = await clock.time("generate", () => conditions.make(groups)), { lanes } = await clock.time("generate", () => painter.get());
    await inLanes({ lanes }, groups, async ({ block, open }, i) => {
      goOn(session);
      const own = features.shift()!; // groups are begun in order, and what one is drawn from goes with it
      await clock.time("generate", async () => {
        const began = performance.now(), painted = await paintCase(open[0]!, block, own);
        keepCase(block, open, painted, (performance.now() - began) / 1000 / painted.length / lanes);
      });
      if (groups[i + 1]?.block !== block) clock.flush();
    });
    if (profile.oneModelAtATime) await painter.release();
    clock.flush();
  }

  /** The picture of an arm that draws nothing. */
  async function given({ arm: { condition }, index }: OpenSample, { images, target }: PosedCase): Promise<Uint8Array> {
    if (condition.kind !== "picture") throw new Error(`case ${index}: its picture was not drawn`);
    const { data, width, height } = condition.picture === "target" ? await target!.image() : (await images())[0]!;
    return encodePng(data, width, height);
  }

  async function judge(block: CaseBlock): Promise<void> {
    const open = openIn(session, block), embeddings = new Map<number, Float32Array[]>();
    const inputsOf = async (index: number): Promise<Float32Array[]> => {
      const found = embeddings.get(index) ?? [];
      if (found.length === 0) for (const image of await cases.at(block.task, index).images()) found.push(await (await similarity.get()).embed(image));
      if (!cases.known && !embeddings.has(index)) appendEmbeddings(folder, new Map(found.map((embedding, i) => [run.record.benchmarkImages[inputKey(block.task, index, i)]!, embedding])));
      embeddings.set(index, found);
      return found;
    };
    /** What own cases have instead of a judge's answers. */
    const measured = async ({ text }: PosedCase, embedding: Float32Array | undefined): Promise<Reading & Pick<ComposeLine, "textSimilarity">> =>
      (embedding === undefined ? { outcome: "invalid", reason: "the picture cannot be decoded" } : { outcome: "measured", ...(text === "" ? {} : { textSimilarity: cosine(embedding, await (await similarity.get()).embedText(text)) }) });
    for (let from = 0; from < open.length; from += judgedAtOnce) {
      goOn(session);
      await clock.time("judge", async () => {
        const some = open.slice(from, from + judgedAtOnce), began = performance.now(), pictures = [];
        for (const one of some) {
          const drawn = waiting.get(one.sample.id), own = cases.at(block.task, one.index);
          const png = drawn ? readDrawnPng(folder, drawn) : await given(one, own);
          pictures.push({ one, png, image: drawn?.image ?? run.saveImage(png), seconds: drawn?.seconds ?? 0, own, expected: own.expected });
        }
        const readings = cases.known ? await judgeCompositions(await panel.get(), pictures) : undefined, lines: ComposeLine[] = [], embedded = new Map<string, Float32Array>();
        for (const [i, { one, png, image, seconds, own }] of pictures.entries()) {
          const embedding = await decodeImage(png, { name: one.sample.id }).then(async (decoded) => (await similarity.get()).embed(decoded), () => undefined);
          if (embedding) embedded.set(image, embedding);
          lines.push({ ...lineOf(block, one), image, ...readings?.[i] ?? await measured(own, embedding), ...(embedding === undefined ? {} : { similarity: (await inputsOf(one.index)).map((input) => cosine(embedding, input)) }), seconds });
        }
        if (!cases.known) appendEmbeddings(folder, embedded);
        const each = (performance.now() - began) / 1000 / some.length;
        run.appendSamples(lines.map((line) => ({ ...line, seconds: line.seconds + each })));
        progress.add(some.filter(({ arm }) => arm.condition.kind === "picture").length);
      });
    }
    clock.flush();
  }

  try {
    for (const window of windowsOf(profile, session.blocks, (block) => waitingBytes(profile, block.task, undrawn(block).map(({ condition }) => condition)))) {
      await draw(window);
      if (judges && !profile.oneModelAtATime) for (const block of window) await judge(block);
    }
    if (judges && profile.oneModelAtATime) for (const block of session.blocks) await judge(block);
  } finally {
    clock.flush();
    for (const held of [conditions, painter, panel, similarity]) await held.release();
    progress.finish();
  }
}
