/** Text features for FLUX, by block and condition: each computed once a block, over all its prompts. */
import { captionOf, readCaptions } from "../../cobsat/dataset.ts";
import { taskOf, type Theme } from "../../cobsat/tasks.ts";
import { floats, type Tensor } from "../../graph/tensor.ts";
import { featureBytes, messageTokens, patchesOf } from "../configured.ts";
import { featureKind, needsAnswers, rowMaker, type FeatureKind, type RowMaker } from "../features/makers.ts";
import { featureRecipe } from "../features/recipe.ts";
import type { Profile } from "../profile.ts";
import { trainedAligned, untrainedAligned, type Aligned, type AlignerSource } from "./aligners.ts";
import { untrained, type Condition } from "./arms.ts";
import { otherPlaces, type PromptBlock } from "./blocks.ts";
import { lazily, type Lazy } from "./lazily.ts";
import { blockPrompts, posedOf } from "./reader.ts";
import type { Session } from "./session.ts";
import { textStates } from "./textStates.ts";
import { answerIds, hasWritten, readWritten, writtenWidth, type Written } from "./written.ts";

/** One block's text features. */
export interface BlockConditions {
  /** Features [T, D] of each prompt of the block under a condition. */
  of(condition: Condition): Promise<readonly Tensor[]>;
  /** The LVLM's text that each prompt's features stand for; undefined where they stand for none of its texts. */
  texts(condition: Condition): readonly (string | undefined)[];
}

export interface Conditions {
  open(block: PromptBlock): BlockConditions;
  /** Which large model makes a condition's features: T5's encoder, or the LVLM by what is read of it; "generated" needs none. */
  makerOf(condition: Condition): "t5-text" | FeatureKind;
  release(): Promise<void>;
}

/** Bytes that wait for FLUX of a block to be drawn under some conditions, at most: the LVLM's answers, and each prompt's text features. */
export function waitingBytes(profile: Profile, { shots, prompts }: Pick<PromptBlock, "shots" | "prompts">, conditions: readonly Condition[], makerOf: Conditions["makerOf"]): number {
  const { generation: { maxNewTokens: answer }, textTokens = answer, imageSize } = profile, made = new Map(conditions.map((condition) => [condition.kind === "aligned" ? `aligned ${condition.aligner}` : condition.kind, makerOf(condition)]));
  const tokens = [...made.values()].map((maker) => (maker === "t5-text" ? textTokens : maker === "prompt" ? messageTokens + shots * patchesOf(profile, imageSize) : answer));
  return prompts.length * featureBytes(profile, tokens.reduce((a, b) => a + b, answer));
}

/** Makes the features of arms; `trained` are the aligners that they name, but for the untrained one. */
export function armConditions({ executor, profile, frozen, request, run, blocks }: Session, trained: ReadonlyMap<string, AlignerSource>): Conditions {
  const featureWidth = (): number => writtenWidth(run.folder, blocks.find((block) => hasWritten(run.folder, block))!);
  const states = lazily(() => textStates(executor, frozen.textT5, profile));
  const aligners = new Map<string, Lazy<Aligned>>([
    [untrained, lazily(() => untrainedAligned(executor, frozen.t5, featureWidth(), profile.aligner.experiment))],
    ...[...trained].map(([name, { folder }]) => [name, lazily(() => trainedAligned(executor, folder))] as const),
  ]);
  const makers = new Map<FeatureKind, Lazy<RowMaker>>();
  const captions = new Map<Theme, ReturnType<typeof readCaptions>>();

  function kindOf(aligner: string): FeatureKind {
    const reads = trained.get(aligner)?.reads;
    return reads ? featureKind(reads) : "generated";
  }

  async function captionsOf(block: PromptBlock): Promise<string[]> {
    const { theme } = taskOf(block.task), found = captions.get(theme) ?? readCaptions(profile.dataset.folder, theme);
    captions.set(theme, found);
    const own = await found;
    return block.prompts.map((prompt) => captionOf(own, posedOf(block, prompt).expected));
  }

  /** Features [n, d] of each prompt: of its answer's tokens as they were written, or others that the LVLM has to read again for. */
  async function featuresOf(block: PromptBlock, kind: FeatureKind, written: readonly Written[]): Promise<Tensor[]> {
    if (kind === "generated") return written.map(({ features }) => features);
    const source = { lvlm: frozen.lvlm, images: profile.aligner.images, recipe: profile.aligner.recipe ?? featureRecipe };
    const maker = makers.get(kind) ?? lazily(() => rowMaker(kind, source, executor)), answers = needsAnswers(kind) ? answerIds(run.folder, block, written) : undefined;
    makers.set(kind, maker);
    const rows = await (await maker.get()).make(await blockPrompts(frozen.lvlm, profile.dataset.folder)(block), [], answers);
    return rows.map(({ ids, features }) => floats([ids.length, frozen.lvlm.config.hidden_size], features));
  }

  function open(block: PromptBlock): BlockConditions {
    let answers: readonly Written[] | undefined;
    const written = (): readonly Written[] => (answers ??= readWritten(run.folder, block)), others = otherPlaces(block, request.seed), made = new Map<string, Promise<readonly Tensor[]>>();
    const once = (key: string, make: () => Promise<readonly Tensor[]>): Promise<readonly Tensor[]> => {
      const found = made.get(key) ?? make();
      made.set(key, found);
      return found;
    };
    async function alignedBy(name: string): Promise<readonly Tensor[]> {
      const aligner = aligners.get(name);
      if (!aligner) throw new Error(`the aligner ${name} was not made ready`);
      return (await aligner.get()).align(await featuresOf(block, kindOf(name), written()));
    }
    return {
      async of(condition) {
        if (condition.kind === "caption") return once("caption", async () => (await states.get()).read(await captionsOf(block)));
        if (condition.kind === "lvlm-text") return once("lvlm-text", async () => (await states.get()).read(written().map(({ text }) => text)));
        const own = await once(condition.aligner, () => alignedBy(condition.aligner));
        return condition.whose === "own" ? own : own.map((_, i) => own[others[i]!]!);
      },
      texts(condition) {
        if (condition.kind === "caption") return block.prompts.map(() => undefined);
        const own = written().map(({ text }) => text);
        return condition.kind === "aligned" && condition.whose === "another" ? own.map((_, i) => own[others[i]!]!) : own;
      },
    };
  }

  return {
    open,
    makerOf: (condition) => (condition.kind === "aligned" ? kindOf(condition.aligner) : "t5-text"),
    async release() {
      await states.release();
      for (const maker of makers.values()) await maker.release();
      for (const aligner of aligners.values()) await aligner.release();
    },
  };
}
