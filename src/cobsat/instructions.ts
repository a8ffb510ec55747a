/** The paper's prompts (Appendix B): sixteen to caption training images, one to ask for the next picture of a CoBSAT sequence. */

export interface CaptioningPrompt {
  readonly text: string;
  /** Asks for a diffusion prompt rather than a description. */
  readonly diffusion: boolean;
}

const describe = (text: string): CaptioningPrompt => ({ text, diffusion: false });
const prompt = (text: string): CaptioningPrompt => ({ text, diffusion: true });

/** The sixteen captioning prompts, in the paper's order; five of them ask for a diffusion prompt. */
export const captioningPrompts: readonly CaptioningPrompt[] = [
  describe("Describe the image concisely."),
  describe("Provide a brief description of the given image."),
  describe("Offer a succinct explanation of the picture presented."),
  describe("Summarize the visual content of the image."),
  describe("Give a short and clear explanation of the subsequent image."),
  describe("Share a concise interpretation of the image provided."),
  describe("Present a compact description of the photo’s key features."),
  describe("Relay a brief, clear account of the picture shown."),
  describe("Render a clear and concise summary of the photo."),
  describe("Write a terse but informative summary of the picture."),
  describe("Create a compact narrative representing the image presented."),
  prompt("Generate a prompt that can recreate the image in a 2D diffusion model."),
  prompt("Provide a descriptive prompt to reproduce the given image using a diffusion model."),
  prompt("Create a prompt suitable for a 2D diffusion model to generate the same image."),
  prompt("Summarize the visual details as a prompt for a 2D diffusion model."),
  prompt("Write a clear prompt to guide a 2D diffusion model in recreating the image."),
];

/** The instruction before a CoBSAT sequence. */
export const cobsatInstruction =
  "I give you several words and pictures. First, please analyse what the next picture is. Then give me a detailed diffusion prompt to describe the next picture. " +
  "Please only provide me the detailed prompt and start the answer with ‘Create an image’.";

/** A part of a chat message's content, as Qwen2-VL's chat template reads it. */
export type MessagePart = { readonly type: "text"; readonly text: string } | { readonly type: "image" };

/** The user message of a k-shot CoBSAT sample: the instruction, then k demonstrations "Word i: x_i, " each with its image, then the query "Word k+1: x, " (released ThinkDiff). */
export function cobsatMessage(words: readonly string[], query: string): MessagePart[] {
  const message: MessagePart[] = [];
  let text = `${cobsatInstruction}\n\n`;
  words.forEach((word, i) => {
    message.push({ type: "text", text: `${text}Word ${i + 1}: ${word}, ` }, { type: "image" });
    text = "\n\n";
  });
  message.push({ type: "text", text: `${text}Word ${words.length + 1}: ${query}, ` });
  return message;
}
