/** The LVLM at work on CoBSAT: prompts with the benchmark's pictures in, text and features out. */
import { join } from "node:path";
import { pairPath } from "../../cobsat/dataset.ts";
import { cobsatMessage } from "../../cobsat/instructions.ts";
import { officialPrompts } from "../../cobsat/prompts.ts";
import { posePrompt, taskOf, type Pair, type PosedPrompt } from "../../cobsat/tasks.ts";
import { shownName } from "../../cobsat/vocabulary.ts";
import type { Executor } from "../../graph/executor.ts";
import { floats } from "../../graph/tensor.ts";
import { decodeImage } from "../../images/image.ts";
import { qwen2vlPreprocess } from "../../images/qwen2vlPreprocess.ts";
import type { ImagePatches, Prompt } from "../../models/qwen2vl/batch.ts";
import { qwen2vlGenerator } from "../../models/qwen2vl/generate.ts";
import { imageTokens } from "../../models/qwen2vl/positions.ts";
import { Random } from "../../random/random.ts";
import { encodeChat } from "../../text/chat.ts";
import type { OpenedLvlm } from "../models.ts";
import type { Profile } from "../profile.ts";
import type { PromptBlock } from "./blocks.ts";
import type { Written } from "./written.ts";

const prompts = officialPrompts();

/** The prompt as posed to a block's task. */
export function posedOf(block: Pick<PromptBlock, "shots" | "task">, prompt: number): PosedPrompt {
  return posePrompt(taskOf(block.task), block.shots, prompt, prompts);
}

/** The LVLM's chat prompts of a block, in order. */
export type BlockPrompts = (block: PromptBlock) => Promise<Prompt[]>;

/** Poses a block's prompts to an LVLM with the pictures of a `datasets` folder, each read once. */
export function blockPrompts({ config, tokenizer, preprocess }: OpenedLvlm, datasets: string): BlockPrompts {
  const known = new Map<string, Promise<ImagePatches>>();

  const patchesOf = (pair: Pair): Promise<ImagePatches> => {
    const path = pairPath(pair), found = known.get(path) ?? decodeImage(join(datasets, path)).then((image) => qwen2vlPreprocess(image, preprocess));
    known.set(path, found);
    return found;
  };

  async function promptOf({ demonstrations, query }: PosedPrompt): Promise<Prompt> {
    const images = await Promise.all(demonstrations.map(({ pair }) => patchesOf(pair)));
    const content = cobsatMessage(demonstrations.map(({ x }) => shownName(x)), shownName(query.x));
    const messages = [{ role: "system" as const, content: "You are a helpful assistant." }, { role: "user" as const, content }];
    return { ids: encodeChat(tokenizer, messages, images.map(({ gridThw }) => imageTokens(gridThw, config.vision_config.spatial_merge_size))), images };
  }

  return (block) => Promise.all(block.prompts.map((prompt) => promptOf(posedOf(block, prompt))));
}

export interface Reader {
  /** The answers to every prompt of a block, in order. */
  write(block: PromptBlock): Promise<Written[]>;
  release(): Promise<void>;
}

/** The LVLM ready to write; answers depend on (seed, shots, task, prompt) and the fixed blocks alone. */
export async function lvlmReader(executor: Executor, lvlm: OpenedLvlm, { generation, dataset }: Profile, seed: number): Promise<Reader> {
  const { config, tokenizer, endIds, weights } = lvlm, { temperature, topP, maxNewTokens } = generation, D = config.hidden_size;
  const generator = await qwen2vlGenerator(executor, config, weights), pose = blockPrompts(lvlm, dataset.folder);
  return {
    async write(block) {
      const began = performance.now(), prompts = await pose(block);
      const streams = block.prompts.map((prompt) => new Random(seed, "lvlm text", block.shots, block.task, prompt));
      const rows = await generator.generate(prompts, { maxNewTokens, endIds, sampling: { temperature, topP, streams } });
      const seconds = (performance.now() - began) / 1000 / rows.length;
      return rows.map(({ ids, features }) => ({ text: tokenizer.decode([...ids], { skipSpecial: true }), features: floats([ids.length, D], features), ids, seconds }));
    },
    release: () => generator.release(),
  };
}
