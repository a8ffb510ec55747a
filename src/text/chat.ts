import { UserError } from "../files/userError.ts";
import { renderConfined } from "./confined.ts";
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

/** Far above any published template. */
const MAX_TEMPLATE = 1 << 18;

/** Renders messages by the tokenizer's own chat template, one placeholder per image; throws where the tokenizer has no template, or one that does not end or fills its memory. */
export function renderChat(tokenizer: TextTokenizer, messages: readonly ChatMessage[], options: ChatOptions = {}): string {
  const { chatTemplate: source, folder, limitMs } = tokenizer, what = `${folder}: the chat template`;
  if (source === undefined) throw new UserError(`${folder}: tokenizer_config.json has no chat_template; expected a chat model's tokenizer`);
  if (source.length > MAX_TEMPLATE) throw new UserError(`${what} has ${source.length} characters, more than ${MAX_TEMPLATE}; fetch the file again`);
  // A range is made whole before it is gone through: a large one would fill the memory before the time is over.
  const number = /\d{6,}/.exec(source.replaceAll("_", ""));
  if (number) throw new UserError(`${what} has the number ${number[0].slice(0, 20)}; expected none of six digits; fetch the file again`);
  return renderConfined(what, limitMs, source, { messages, add_generation_prompt: options.addGenerationPrompt ?? true, add_vision_id: options.addVisionId ?? true });
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
