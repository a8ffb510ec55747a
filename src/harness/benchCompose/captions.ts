/** Stage "features": what the LVLM writes about the images of each block, for the arm that draws from text alone; one file a block in the run folder. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { captioningPrompts } from "../../cobsat/instructions.ts";
import { writeAtomically } from "../../files/atomic.ts";
import { readJson } from "../../files/json.ts";
import { UserError } from "../../files/userError.ts";
import { qwen2vlPreprocess } from "../../images/qwen2vlPreprocess.ts";
import type { Prompt } from "../../models/qwen2vl/batch.ts";
import { qwen2vlGenerator } from "../../models/qwen2vl/generate.ts";
import { imageTokens } from "../../models/qwen2vl/positions.ts";
import { Random } from "../../random/random.ts";
import { encodeChat } from "../../text/chat.ts";
import { lazily } from "../benchCobsat/lazily.ts";
import { goOn } from "../benchCobsat/session.ts";
import { featureRecipe } from "../features/recipe.ts";
import { startProgress } from "../progress.ts";
import { neighbours } from "../windows.ts";
import { drawsFromCaptions } from "./arms.ts";
import { openIn, type CaseBlock, type ComposeSession, type Finished } from "./session.ts";

/** What the LVLM is asked of each image: the first of the released captioning prompts that asks for a prompt. */
export const captionPrompt = captioningPrompts.find(({ diffusion }) => diffusion)!.text;

/** Image tokens that the LVLM reads at once, where that are several pictures: small ones a block at a time, those of 1,024 x 1,024 pixels two. */
export const tokensAtOnce = 4096;

/** Neighbours in groups of at most tokensAtOnce image tokens; one that has more is alone. */
export const readTogether = <T extends { readonly tokens: number }>(pictures: readonly T[]): T[][] => neighbours(pictures, ({ tokens }) => tokens, tokensAtOnce);

const fileOf = (folder: string, { task, first }: CaseBlock): string => join(folder, "captions", `${task}-${first}.json`);

const captionsSchema = z.array(z.array(z.string()));

/** The captions of each case's images, in the block's order; a UserError naming the file where it is damaged. */
export function readCaptions(folder: string, block: CaseBlock): readonly (readonly string[])[] {
  const path = fileOf(folder, block);
  const captions = captionsSchema.safeParse(readJson(path, "remove it, and it is written again"));
  if (captions.success && captions.data.length === block.cases.length) return captions.data;
  throw new UserError(`${path}: not the captions of ${block.cases.length} cases; remove it, and they are written again`);
}

async function write({ frozen: { lvlm }, profile: { generation }, request: { seed }, cases: source }: ComposeSession, generator: Awaited<ReturnType<typeof qwen2vlGenerator>>, { task, cases }: CaseBlock): Promise<string[][]> {
  const { tokenizer, preprocess, endIds } = lvlm, { temperature, topP, maxNewTokens } = generation;
  const asked = (await Promise.all(cases.map(async (index) => (await source.at(task, index).images()).map((picture, image) => {
    const pixels = qwen2vlPreprocess(picture, preprocess);
    const messages = [{ role: "system" as const, content: featureRecipe.system }, { role: "user" as const, content: [{ type: "image" as const }, { type: "text" as const, text: captionPrompt }] }];
    const tokens = imageTokens(pixels.gridThw, preprocess.mergeSize), prompt: Prompt = { ids: encodeChat(tokenizer, messages, [tokens]), images: [pixels] };
    return { index, prompt, tokens, stream: new Random(seed, "compose caption", task, index, image) };
  })))).flat();
  const texts: string[] = [];
  for (const group of readTogether(asked)) {
    const rows = await generator.generate(group.map(({ prompt }) => prompt), { maxNewTokens, endIds, sampling: { temperature, topP, streams: group.map(({ stream }) => stream) } });
    texts.push(...rows.map(({ ids }) => tokenizer.decode([...ids], { skipSpecial: true }).trim()));
  }
  return cases.map((index) => texts.filter((_, i) => asked[i]!.index === index));
}

/** The blocks whose unfinished samples need captions, and those of them without any. */
export function captioned(folder: string, blocks: readonly CaseBlock[], run: Finished): { readonly blocks: readonly CaseBlock[]; readonly missing: readonly CaseBlock[] } {
  const drawn = blocks.filter((block) => openIn({ run }, block).some(({ arm: { condition } }) => drawsFromCaptions(condition)));
  return { blocks: drawn, missing: drawn.filter((block) => !existsSync(fileOf(folder, block))) };
}

/** Writes the captions that unfinished samples still need. */
export async function captionStage(session: ComposeSession): Promise<void> {
  const { run, executor, frozen, clock } = session, { folder } = run, { blocks, missing } = captioned(folder, session.blocks, run);
  if (missing.length === 0) return;
  const progress = startProgress("the LVLM captions the images", blocks.length, { alreadyDone: blocks.length - missing.length }), generator = lazily(() => qwen2vlGenerator(executor, frozen.lvlm.config, frozen.lvlm.weights));
  try {
    for (const block of missing) {
      goOn(session);
      await clock.time("features", async () => writeAtomically(fileOf(folder, block), `${JSON.stringify(await write(session, await generator.get(), block))}\n`));
      clock.flush();
      progress.add();
    }
  } finally {
    await generator.release();
    progress.finish();
  }
}
