/** Stages "generate" and "judge": each block's decoder texts and pictures, and the lines of both. */
import { targetKey, taskOf } from "../../cobsat/tasks.ts";
import { readyCopy } from "../copies.ts";
import { UserError } from "../../files/userError.ts";
import { Underway } from "../../graph/underway.ts";
import { decodeImage, encodePng } from "../../images/image.ts";
import { Random } from "../../random/random.ts";
import { groupBy } from "../groupBy.ts";
import { startProgress } from "../progress.ts";
import { windowsOf } from "../windows.ts";
import type { PlannedSample } from "../runs/plan.ts";
import type { Sample } from "../runs/samples.ts";
import type { AlignerSource } from "./aligners.ts";
import { baseline, type Condition, type DrawnArm } from "./arms.ts";
import type { PromptBlock } from "./blocks.ts";
import { armConditions, waitingBytes, type BlockConditions } from "./conditions.ts";
import { appendDrawn, readDrawn, readDrawnPng, type Drawn } from "./drawn.ts";
import { judgePngs, openPanel, realVerdicts } from "./judging.ts";
import { lazily, type Lazy } from "./lazily.ts";
import { fluxPainter, type Painter } from "./painter.ts";
import { posedOf } from "./reader.ts";
import { invalidLine, judgedLine, textLine, type Answer } from "./scoring.ts";
import { goOn, openSamples, type Session } from "./session.ts";
import { decoderTexts } from "./textStates.ts";

const aligned = { kind: "aligned", aligner: baseline, whose: "own" } as const;

/** A sample's picture, or why there is none. */
type Made = { readonly known: Answer } & ({ readonly png: Uint8Array } | { readonly reason: string });

/** What is drawn together: an arm's prompts at some places of a block, all of them, so that the batch is always the same. Of these samples the pictures are asked for. */
interface Group { readonly arm: DrawnArm; readonly places: readonly number[]; readonly open: readonly PlannedSample[] }

/** A block and its text features. */
interface Opened { readonly block: PromptBlock; readonly own: BlockConditions }

/** Pictures given to the judges together, so that a server can be asked several questions at once; none depends on the others. */
const judgedAtOnce = 16;

/** Draws, writes and judges what the blocks still lack; only draws and writes where the request ends with "generate". Models too large to be loaded together take turns: T5's decoder for all blocks, then window by window what makes text features and FLUX, the judges last. */
export async function generateAndJudge(session: Session, trained: ReadonlyMap<string, AlignerSource>): Promise<void> {
  const judges = session.request.last === "judge";
  if (!judges || session.profile.oneModelAtATime) await pass(session, trained, false);
  if (judges) await pass(session, trained, true);
}

async function pass(session: Session, trained: ReadonlyMap<string, AlignerSource>, judges: boolean): Promise<void> {
  const { run, request, profile, executor, frozen, clock } = session, { folder } = run, waiting = readDrawn(folder);
  const conditions = armConditions(session, trained), painters = new Map<string, Lazy<Painter>>(), underway = new Underway();
  const decoder = lazily(() => decoderTexts(executor, frozen.t5, profile)), panel = lazily(() => openPanel(executor, profile));
  const real = lazily(async () => ({ verdict: realVerdicts(await panel.get(), profile.dataset.folder), release: async () => {} }));
  const total = session.blocks.reduce((sum, { planned }) => sum + planned.length, 0), left = session.blocks.reduce((sum, block) => sum + openSamples(session, block, () => true).length, 0);
  const progress = startProgress("pictures and verdicts", total, { alreadyDone: total - left });

  /** One for each FLUX that draws. */
  function painterOf({ flux: copy }: DrawnArm): Lazy<Painter> {
    const place = copy?.folder ?? profile.models.flux, open = async (): Promise<Painter> => fluxPainter(executor, copy ? { ...profile, models: { ...profile.models, flux: await readyCopy(copy, executor, run, session.signal) } } : profile, request.steps);
    const painter = painters.get(place) ?? lazily(open);
    painters.set(place, painter);
    return painter;
  }

  /** The training seed of what an arm draws from, else the run's. */
  const seedOf = (condition: Condition): number => (condition.kind === "aligned" ? (trained.get(condition.aligner)?.seed ?? profile.aligner.experiment.seed) : request.seed);
  const answer = (block: PromptBlock, sample: PlannedSample, known: Partial<Answer>): Answer => ({ sample, posed: posedOf(block, sample.prompt), seed: request.seed, seconds: 0, ...known });
  const keep = (lines: readonly Sample[]): void => {
    run.appendSamples(lines);
    progress.add(lines.length);
  };

  /** Lines of pictures that are judged beside those of so many lanes. */
  async function verdicts(pictures: readonly { readonly known: Answer; readonly png: Uint8Array }[], lanes = 1): Promise<Sample[]> {
    if (pictures.length === 0) return [];
    const began = performance.now(), found = await judgePngs(await panel.get(), pictures.map(({ known, png }) => ({ png, theme: known.posed.task.theme }))), each = (performance.now() - began) / 1000 / pictures.length / lanes;
    return pictures.map(({ known }, i) => {
      const verdict = found[i]!, timed = { ...known, seconds: known.seconds + each };
      return "undecodable" in verdict ? invalidLine(timed, verdict.undecodable) : judgedLine(timed, verdict);
    });
  }

  async function writeDecoderTexts(block: PromptBlock, own: BlockConditions): Promise<void> {
    const open = openSamples(session, block, (arm) => arm === "decoder-text");
    if (open.length === 0) return;
    await clock.time("generate", async () => {
      const began = performance.now(), texts = await (await decoder.get()).write(await own.of(aligned)), seconds = (performance.now() - began) / 1000 / texts.length;
      keep(open.map((sample) => textLine(answer(block, sample, { seed: seedOf(aligned), text: texts[sample.prompt - block.first], seconds }))));
    });
  }

  /** Keeps what was drawn: judged here where this pass judges, waiting for the judge otherwise. */
  async function score(made: readonly Made[], lanes = 1): Promise<void> {
    const lines: Sample[] = [], drawn: Drawn[] = [], pictures = made.filter((picture): picture is Extract<Made, { readonly png: Uint8Array }> => "png" in picture);
    await clock.time("judge", async () => {
      for (const picture of made) if ("reason" in picture) lines.push(invalidLine(picture.known, picture.reason));
      if (judges) lines.push(...(await verdicts(pictures, lanes)));
      else drawn.push(...pictures.map(({ known }) => ({ id: known.sample.id, image: known.image!, seconds: known.seconds })));
    });
    keep(lines);
    if (drawn.length > 0) appendDrawn(folder, drawn);
  }

  /** Draws a group and scores what is asked for of it, beside as many others at a time as there are lanes. */
  async function drawGroup(block: PromptBlock, own: BlockConditions, { arm: { condition }, places, open }: Group, { lanes, paint }: Painter): Promise<void> {
    const seed = seedOf(condition);
    await score(await clock.time("generate", async () => {
      const began = performance.now(), features = await own.of(condition), texts = own.texts(condition);
      const painted = await paint(places.map((place) => ({ noise: { seed: request.seed, shots: block.shots, task: block.task, prompt: block.prompts[place]! }, promptEmbeds: features[place]! })));
      const seconds = (performance.now() - began) / 1000 / places.length / lanes;
      return open.map((sample): Made => {
        const place = sample.prompt - block.first, picture = painted[places.indexOf(place)]!, known = answer(block, sample, { seed, text: texts[place], seconds });
        return "png" in picture ? { known: { ...known, image: run.saveImage(picture.png) }, png: picture.png } : { known, reason: picture.reason };
      });
    }), lanes);
  }

  /** Has a server draw the texts of an arm's samples, and scores what it draws. */
  async function drawServed(block: PromptBlock, own: BlockConditions, { condition }: DrawnArm, open: readonly PlannedSample[]): Promise<void> {
    const texts = own.texts(condition), textOf = ({ prompt }: PlannedSample): string => texts[prompt - block.first] ?? "", asked = open.filter((sample) => textOf(sample) !== "");
    const made = await clock.time("generate", async () => {
      const began = performance.now(), served = await session.server!.draw(asked.map((sample) => ({ prompt: textOf(sample), seed: new Random(request.seed, "image server", block.shots, block.task, sample.prompt).int(2 ** 31) })));
      const seconds = (performance.now() - began) / 1000 / Math.max(1, asked.length);
      return Promise.all(open.map(async (sample): Promise<Made> => {
        const known = answer(block, sample, { text: textOf(sample), seconds }), found = served[asked.indexOf(sample)];
        if (found === undefined) return { known, reason: "no image: the LVLM wrote nothing to draw" };
        if ("refused" in found) return { known, reason: `no image: ${found.refused}` };
        try {
          const { data, width, height } = await decodeImage(found.bytes, { name: "the server's image" }), png = await encodePng(data, width, height);
          return { known: { ...known, image: run.saveImage(png) }, png };
        } catch (error) {
          if (error instanceof UserError) return { known, reason: error.message };
          throw error;
        }
      }));
    });
    await score(made);
  }

  async function judgeWaiting(block: PromptBlock, own: BlockConditions, arm: DrawnArm, open: readonly PlannedSample[]): Promise<void> {
    const seed = seedOf(arm.condition);
    for (let from = 0; from < open.length; from += judgedAtOnce) {
      goOn(session);
      const pictures = open.slice(from, from + judgedAtOnce).map((sample) => {
        const drawn = waiting.get(sample.id)!;
        return { known: answer(block, sample, { seed, text: own.texts(arm.condition)[sample.prompt - block.first], image: drawn.image, seconds: drawn.seconds }), png: readDrawnPng(folder, drawn) };
      });
      keep(await clock.time("judge", () => verdicts(pictures)));
    }
  }

  /** What an arm lacks of a block. */
  const lackingOf = (block: PromptBlock, arm: DrawnArm): PlannedSample[] => openSamples(session, block, (name, trainingSeed) => name === arm.name && trainingSeed === arm.trainingSeed);

  /** What FLUX has yet to draw of a block. */
  function undrawn(block: PromptBlock): Group[] {
    const places = block.prompts.map((_, place) => place), size = profile.batch.images, parts = Array.from({ length: Math.ceil(places.length / size) }, (_, i) => places.slice(i * size, (i + 1) * size));
    return session.arms.filter(({ by }) => by === undefined).flatMap((arm) => {
      const wanted = lackingOf(block, arm).filter(({ id }) => !waiting.has(id));
      return parts.map((part): Group => ({ arm, places: part, open: wanted.filter(({ prompt }) => part.includes(prompt - block.first)) })).filter(({ open }) => open.length > 0);
    });
  }

  const conditionsOf = (groups: readonly Group[]): Condition[] => [...new Set(groups.map(({ arm }) => arm))].map(({ condition }) => condition);

  /** Judges what waits, has servers draw, and begins to draw the rest, as many groups at once as FLUX has lanes; of the last ones some may still be under way when it returns. */
  async function drawBlock({ block, own }: Opened): Promise<void> {
    for (const arm of session.arms) {
      const lacking = lackingOf(block, arm), wanted = lacking.filter(({ id }) => !waiting.has(id));
      if (judges) await judgeWaiting(block, own, arm, lacking.filter(({ id }) => waiting.has(id)));
      if (arm.by === "server" && wanted.length > 0) {
        goOn(session);
        await drawServed(block, own, arm, wanted);
      }
    }
    for (const group of undrawn(block)) {
      goOn(session);
      const painter = await clock.time("generate", () => painterOf(group.arm).get());
      await underway.begin(painter.lanes, () => drawGroup(block, own, group, painter));
    }
  }

  /** Makes the text features of a window's blocks, for one model after the other, so that each can go before the next comes. */
  async function prepare(opened: readonly Opened[]): Promise<void> {
    const wanted = opened.flatMap(({ block, own }) => conditionsOf(undrawn(block)).map((condition) => ({ own, condition })));
    for (const group of groupBy(wanted, ({ condition }) => conditions.makerOf(condition)).values()) {
      for (const { own, condition } of group) {
        goOn(session);
        await clock.time("generate", () => own.of(condition));
      }
      await conditions.release();
    }
  }

  async function judgeRealImages(block: PromptBlock): Promise<void> {
    const open = openSamples(session, block, (arm) => arm === "real-image");
    if (open.length === 0 || !judges) return;
    await clock.time("judge", async () => {
      const lines: Sample[] = [];
      for (const sample of open) {
        const began = performance.now(), { expected } = posedOf(block, sample.prompt), verdict = await (await real.get()).verdict(expected);
        const image = run.record.benchmarkImages[targetKey({ ...expected, theme: taskOf(block.task).theme })];
        lines.push(judgedLine(answer(block, sample, { image, seconds: (performance.now() - began) / 1000 }), verdict));
      }
      keep(lines);
    });
  }

  async function drawNothing({ block, own }: Opened): Promise<void> {
    goOn(session);
    await judgeRealImages(block);
    await writeDecoderTexts(block, own);
    clock.flush();
  }

  try {
    const unfinished = session.blocks.filter((block) => openSamples(session, block, () => true).length > 0), turns = profile.oneModelAtATime !== undefined, open = (block: PromptBlock): Opened => ({ block, own: conditions.open(block) });
    if (turns) {
      for (const block of unfinished) await drawNothing(open(block));
      for (const held of [decoder, conditions]) await held.release();
    }
    for (const window of windowsOf(profile, unfinished, (block) => waitingBytes(profile, block, conditionsOf(undrawn(block)), conditions.makerOf))) {
      const opened = window.map(open);
      if (turns) await prepare(opened);
      // What a block was drawn from goes with it.
      for (let next = opened.shift(); next; next = opened.shift()) {
        if (!turns) await drawNothing(next);
        await drawBlock(next);
        clock.flush();
      }
      if (turns) {
        await underway.end();
        for (const painter of painters.values()) await painter.release();
      }
    }
    await underway.end();
  } finally {
    await underway.end().catch(() => {}); // what is under way when something else fails is kept, too
    clock.flush();
    for (const held of [conditions, ...painters.values(), decoder, real, panel]) await held.release();
    progress.finish();
  }
}
