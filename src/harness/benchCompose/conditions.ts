/** What FLUX draws a block's cases from, by arm: text features and pooled text, each case computed on its own. */
import type { Tensor } from "../../graph/tensor.ts";
import { trainedAligned, untrainedAligned, type Aligned, type AlignerSource } from "../benchCobsat/aligners.ts";
import { otherPlaces } from "../benchCobsat/blocks.ts";
import { lazily, type Lazy } from "../benchCobsat/lazily.ts";
import { pooledTexts } from "../benchCobsat/painter.ts";
import { composeTexts, joinRows } from "../compose/conditioner.ts";
import { visionReader } from "../features/visionReader.ts";
import { untrainedClip, type ComposeCondition } from "./arms.ts";
import { readCaptions } from "./captions.ts";
import type { CaseSource } from "./cases.ts";
import { taskNamed } from "./tasks.ts";
import type { CaseBlock, ComposeSession } from "./session.ts";

/** What one case is drawn from under a condition. */
export interface DrawnFrom {
  readonly promptEmbeds: Tensor;
  readonly pooled: Tensor;
}

/** A case of a block to be drawn under a condition. */
export interface Wanted {
  readonly index: number;
  readonly condition: ComposeCondition;
}

export interface ComposeConditions {
  /** What each wanted case is drawn from, in order. */
  make(block: CaseBlock, wanted: readonly Wanted[]): Promise<DrawnFrom[]>;
  release(): Promise<void>;
}

/** The case whose images "shuffled-features" takes for one of a block: one of the same block, or of all where their number is known. */
export function otherCase({ task, first, cases }: CaseBlock, source: Pick<CaseSource, "count">, index: number, seed: number): number {
  const all = source.count(task), among = Number.isFinite(all) ? Array.from({ length: all }, (_, i) => i) : cases;
  return among[otherPlaces({ shots: taskNamed(task).images, task, first: Number.isFinite(all) ? 0 : first, prompts: among }, seed)[among.indexOf(index)]!]!;
}

/** Opens what makes features when it is first needed; `trained` are the aligners that arms name, but for the untrained one. */
export function composeConditions({ executor, profile, models, request, run, cases }: ComposeSession, trained: ReadonlyMap<string, AlignerSource>): ComposeConditions {
  const vision = lazily(() => visionReader(executor, models.vision)), states = lazily(() => composeTexts(executor, profile));
  const aligners = new Map<string, Lazy<Aligned>>([
    [untrainedClip, lazily(() => untrainedAligned(executor, models.t5, models.vision.config.hidden_size, profile.clipAligner.experiment))],
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

  async function tokensOf(block: CaseBlock, { index, condition }: Wanted, read: ReturnType<typeof imageReader>): Promise<Tensor[]> {
    if (condition.kind !== "aligned") return [];
    const aligner = aligners.get(condition.aligner);
    if (!aligner) throw new Error(`the aligner ${condition.aligner} was not made ready`);
    return (await aligner.get()).align(await read(condition.images === "another" ? otherCase(block, cases, index, request.seed) : index, condition.images === "swapped"));
  }

  function textOf(block: CaseBlock, { index, condition }: Wanted): string {
    const own = cases.at(block.task, index);
    if (condition.kind !== "text" || condition.text === "own") return own.text;
    if (condition.text === "target") return own.target!.caption;
    return [...readCaptions(run.folder, block)[block.cases.indexOf(index)]!, own.text].filter((text) => text !== "").join(" ");
  }

  return {
    async make(block, wanted) {
      const texts = wanted.map((one) => textOf(block, one)), distinct = [...new Set(texts)];
      const pooled = new Map((distinct.length === 0 ? [] : await pooledTexts(executor, profile.models.clip, distinct, profile.tokenizers?.clip)).map((vector, i) => [distinct[i]!, vector]));
      const made: DrawnFrom[] = [], read = imageReader(block);
      for (const [i, one] of wanted.entries()) made.push({ promptEmbeds: joinRows([...await tokensOf(block, one, read), ...await (await states.get()).read([texts[i]!])]), pooled: pooled.get(texts[i]!)! });
      return made;
    },
    async release() {
      for (const held of [vision, states, ...aligners.values()]) await held.release();
    },
  };
}
