import { Random } from "../../random/random.ts";
import { briefCaption, fullCaption, promptAnswer } from "../language/captions.ts";
import { sampleScene } from "../world/sample.ts";
import type { Scene } from "../world/scene.ts";

/** Scenes that base models other than the judges train on; the benchmark's and the judges' seeds are in other namespaces. */
export const trainingScene = (index: number): Scene => sampleScene(new Random("train scene", index), { seed: `train/${index}` });

/** The texts of training scene `index`; `variant` numbers paraphrases. */
export function trainingTexts(index: number, variant = 0): { readonly full: string; readonly prompt: string; readonly brief: string } {
  const scene = trainingScene(index), stream = (kind: string) => new Random("train text", kind, index, variant);
  return { full: fullCaption(scene, stream("full")), prompt: promptAnswer(scene, stream("prompt")), brief: briefCaption(scene, stream("brief")) };
}
