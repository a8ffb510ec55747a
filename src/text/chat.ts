import { Template } from "@huggingface/jinja";
import { UserError } from "../files/userError.ts";
import type { TextTokenizer } from "./tokenizer.ts";

/** A part of a message: text, or the place of an image. */
export type ChatPart = { readonly type: "text"; readonly text: string } | { readonly type: "image" };

export interface ChatMessage {
  readonly role: "system" | "user" | "assistant";
  readonly content: string | readonly ChatPart[];
}

export interface ChatOptions {
  /** Ends with the opening of the assistant's turn; default true. */
  readonly addGenerationPrompt?: boolean;
  /** Numbers the images, "Picture 1: " before each; default true, as ThinkDiff uses it (the template's own default is false). */
  readonly addVisionId?: boolean;
}

const parsed = new Map<string, Template>();

/** A parsed chat template; parsing takes longer than rendering, so each is kept. */
function template(source: string): Template {
  let found = parsed.get(source);
  if (!found) parsed.set(source, (found = new Template(source)));
  return found;
}

/** Renders messages by the tokenizer's own chat template, one placeholder per image; throws where the tokenizer has no template. */
export function renderChat(tokenizer: TextTokenizer, messages: readonly ChatMessage[], options: ChatOptions = {}): string {
  if (tokenizer.chatTemplate === undefined) throw new UserError(`${tokenizer.folder}: tokenizer_config.json has no chat_template; expected a chat model's tokenizer`);
  return template(tokenizer.chatTemplate).render({ messages, add_generation_prompt: options.addGenerationPrompt ?? true, add_vision_id: options.addVisionId ?? true });
}

/** Repeats the i-th image placeholder `counts[i]` times, once per image token; throws where text and counts disagree about how many images there are. */
export function expandImages(text: string, counts: readonly number[], placeholder = "<|image_pad|>"): string {
  const parts = text.split(placeholder);
  if (parts.length - 1 !== counts.length) throw new Error(`expandImages: the text has ${parts.length - 1} of ${placeholder}, but ${counts.length} images were given`);
  return parts.map((part, i) => part + placeholder.repeat(counts[i] ?? 0)).join("");
}

/** Token ids of rendered messages, with `imageTokens[i]` placeholders for the i-th image. */
export function encodeChat(tokenizer: TextTokenizer, messages: readonly ChatMessage[], imageTokens: readonly number[], options: ChatOptions = {}): number[] {
  return tokenizer.encode(expandImages(renderChat(tokenizer, messages, options), imageTokens), { special: false });
}
