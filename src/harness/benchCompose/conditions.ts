/** What FLUX draws a block's cases from, by arm: text features and pooled text, each case computed on its own. */
import type { Tensor } from "../../graph/tensor.ts";
import { trainedAligned, untrainedAligned, type Aligned, type AlignerSource } from "../benchCobsat/aligners.ts";
import { otherPlaces } from "../benchCobsat/blocks.ts";
import { lazily, type Lazy } from "../benchCobsat/lazily.ts";
import { pooledTexts } from "../benchCobsat/painter.ts";
import { goOn } from "../benchCobsat/session.ts";
import { composeTexts, joinRows } from "../compose/conditioner.ts";
import { featureBytes, visionTokens } from "../configured.ts";
import { visionReader } from "../features/visionReader.ts";
import { groupBy } from "../groupBy.ts";
import type { Profile } from "../profile.ts";
import { untrainedClip, type ComposeCondition } from "./arms.ts";
import { readCaptions } from "./captions.ts";
import type { CaseSource } from "./cases.ts";
import { taskNamed, type TaskName } from "./tasks.ts";
import type { CaseBlock, ComposeSession } from "./session.ts";

/** What one case is drawn from under a condition. */
export interface DrawnFrom {
  readonly promptEmbeds: Tensor;
  readonly pooled: Tensor;
}

/** A case to be drawn under a condition. */
export interface Wanted {
  readonly block: CaseBlock;
  readonly index: number;
  readonly condition: ComposeCondition;
}

export interface ComposeConditions {
  /** What each wanted case is drawn from, in order. Where models take turns, each is released before the next comes. */
  make(wanted: readonly Wanted[]): Promise<DrawnFrom[]>;
  release(): Promise<void>;
}

/** The case whose images "shuffled-features" takes for one of a block: one of the same block, or of all where their number is known. */
export function otherCase({ task, first, cases }: CaseBlock, source: Pick<CaseSource, "count">, index: number, seed: number): number {
  const all = source.count(task), among = Number.isFinite(all) ? Array.from({ length: all }, (_, i) => i) : cases;
  return among[otherPlaces({ shots: taskNamed(task).images, task, first: Number.isFinite(all) ? 0 : first, prompts: among }, seed)[among.indexOf(index)]!]!;
}

/** Bytes that wait for FLUX of cases to be drawn under conditions, about. */
export function waitingBytes(profile: Profile, task: TaskName, conditions: readonly ComposeCondition[]): number {
  const { clipAligner, textTokens = profile.generation.maxNewTokens } = profile, images = taskNamed(task).images * conditions.filter(({ kind }) => kind === "aligned").length;
  return featureBytes(profile, images * visionTokens(profile) + conditions.length * (clipAligner.textTokens ?? textTokens));
}

/** Opens what makes features when it is first needed; `trained` are the aligners that arms name, but for the untrained one. */
export function composeConditions({ executor, profile, frozen, request, run, cases, signal }: ComposeSession, trained: ReadonlyMap<string, AlignerSource>): ComposeConditions {
  const vision = lazily(() => visionReader(executor, frozen.vision)), states = lazily(() => composeTexts(executor, profile));
  const aligners = new Map<string, Lazy<Aligned>>([
    [untrainedClip, lazily(() => untrainedAligned(executor, frozen.t5, frozen.vision.config.hidden_size, profile.clipAligner.experiment))],
    ...[...trained].map(([name, { folder }]) => [name, lazily(() => trainedAligned(executor, folder))] as const),
  ]);

  /** The image tokens of a case, read once for all arms that ask the returned function for them. */
  function imageReader({ task }: CaseBlock): (index: number, swapped: boolean) => Promise<Tensor[]> {
    const known = new Map<string, Promise<Tensor[]>>(), read = async (index: number, swapped: boolean): Promise<Tensor[]> => {
      const images = await cases.at(task, index).images();
      return (await vision.get()).read(swapped ? images.toReversed() : images);
    };
    return (index, swapped) => {
      const key = `${index} ${swapped}`, tokens = known.get(key) ?? read(index, swapped);
      known.set(key, tokens);
      return tokens;
    };
  }

  async function tokensOf({ block, index, condition }: Wanted, read: ReturnType<typeof imageReader>): Promise<Tensor[]> {
    if (condition.kind !== "aligned") return [];
    const aligner = aligners.get(condition.aligner);
    if (!aligner) throw new Error(`the aligner ${condition.aligner} was not made ready`);
    return (await aligner.get()).align(await read(condition.images === "another" ? otherCase(block, cases, index, request.seed) : index, condition.images === "swapped"));
  }

  function textOf({ block, index, condition }: Wanted): string {
    const own = cases.at(block.task, index);
    if (condition.kind !== "text" || condition.text === "own") return own.text;
    if (condition.text === "target") return own.target!.caption;
    return [...readCaptions(run.folder, block)[block.cases.indexOf(index)]!, own.text].filter((text) => text !== "").join(" ");
  }

  async function release(): Promise<void> {
    for (const held of [vision, states, ...aligners.values()]) await held.release();
  }

  /** Does one model's work on each of some items; where models take turns, the model is released. */
  async function turn<T, R>(items: readonly T[], work: (item: T, i: number) => Promise<R>): Promise<R[]> {
    const done: R[] = [];
    for (const [i, item] of items.entries()) {
      goOn({ signal });
      done.push(await work(item, i));
    }
    if (profile.oneModelAtATime) await release();
    return done;
  }

  return {
    async make(wanted) {
      const texts = wanted.map(textOf), distinct = [...new Set(texts)];
      const tokens = (await turn([...groupBy(wanted, ({ block: { task, first } }) => `${task} ${first}`).values()], async (own) => {
        const read = imageReader(own[0]!.block), ofBlock: Tensor[][] = [];
        for (const one of own) ofBlock.push(await tokensOf(one, read));
        return ofBlock;
      })).flat();
      const features = await turn(texts, async (text, i) => joinRows([...tokens[i]!.splice(0), ...await (await states.get()).read([text])]));
      const pooled = new Map((distinct.length === 0 ? [] : await pooledTexts(executor, profile.models.clip, distinct, profile.tokenizers?.clip)).map((vector, i) => [distinct[i]!, vector]));
      return features.map((promptEmbeds, i) => ({ promptEmbeds, pooled: pooled.get(texts[i]!)! }));
    },
    release,
  };
}
