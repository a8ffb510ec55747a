/** CoBSAT's published judge: LLaVA-1.5, greedy, asked two multiple-choice questions about each picture. */
import { join } from "node:path";
import { readJsonAs } from "../../files/json.ts";
import { sha256, sha256FileOnce } from "../../files/sha256.ts";
import { inLanes, type Executor } from "../../graph/executor.ts";
import { clipPreprocess } from "../../images/clipPreprocess.ts";
import { expandImageTokens } from "../../models/llava/batch.ts";
import { parseLlavaConfig } from "../../models/llava/config.ts";
import { llavaGenerator } from "../../models/llava/generate.ts";
import { loadTokenizer } from "../../text/tokenizer.ts";
import { openCheckpoint } from "../../weights/checkpoint.ts";
import { themes, valuesOf, type Theme } from "../tasks.ts";
import type { Judge, Judged } from "./judge.ts";
import { question } from "./questions.ts";
import { strictChoice } from "./replies.ts";

/** LLaVA-1.5's turn about one picture: what it was trained to answer. */
export const llavaTurn = (question: string): string => `USER: <image>\n${question} ASSISTANT:`;

/** A judge that holds compiled graphs until released. */
export interface LlavaJudge extends Judge { release(): Promise<void> }

/** Most tokens of a reply; a number is two or three. */
const longestReply = 16;

export const halves = ["detail", "object"] as const;

/** A half's ten options and a model's reply as a choice; an empty reply is told. */
const judgedOf = (theme: Theme, replies: readonly [detail: string, object: string]): Judged =>
  ({ detail: strictChoice(replies[0], valuesOf(theme, "detail")), object: strictChoice(replies[1], valuesOf(theme, "object")) });

/** A LLaVA-1.5 folder in Hugging Face layout as a judge. Both questions of a picture share one run; pictures are seen one by one. */
export async function llavaJudge(executor: Executor, folder: string, { name = "llava" }: { readonly name?: string } = {}): Promise<LlavaJudge> {
  const config = readJsonAs(join(folder, "config.json"), parseLlavaConfig), checkpoint = openCheckpoint(folder), tokenizer = loadTokenizer(folder), { image_size: side } = config.vision_config;
  const asked = new Map(themes.map((theme) => [theme, halves.map((half) => expandImageTokens(config, tokenizer.encode(llavaTurn(question(theme, half)))))]));
  const generator = await llavaGenerator(executor, config, (weight) => checkpoint.tensors.get(weight));
  return {
    name,
    identity: sha256(JSON.stringify({ config, weights: checkpoint.files.map(({ path }) => sha256FileOnce(path)), questions: [...asked.values()], longestReply })),
    async judge(items) {
      return inLanes(generator, items, async ({ image, theme }) => {
        const pixels = clipPreprocess(image, side), { sequences } = await generator.generate(asked.get(theme)!.map((ids) => ({ ids, images: [pixels] })), { maxNewTokens: longestReply });
        return judgedOf(theme, sequences.map((ids) => tokenizer.decode([...ids], { skipSpecial: true }).trim()) as [string, string]);
      });
    },
    release: () => generator.release(),
  };
}
