import { sha256 } from "../../files/sha256.ts";
import { fullCaption, promptAnswer } from "../../micro/language/captions.ts";
import { drawScene, frameSize } from "../../micro/world/draw.ts";
import { renderScene } from "../../micro/world/rasterize.ts";
import { sampleScene } from "../../micro/world/sample.ts";
import type { Scene } from "../../micro/world/scene.ts";
import { Random } from "../../random/random.ts";
import type { CaptionedImages, FeatureSet } from "./recipe.ts";

/** The scene of a picture that features are made of: a namespace apart from the benchmark's, the base models' and the judges'. */
export const featureScene = (set: FeatureSet, index: number): Scene => sampleScene(new Random("feature scene", set, index), { seed: `feature/${set}/${index}` });

/** Scenes whose drawings stand for all in the identity. */
const PROBES = 60;

/** What is said about a picture: in even wordings a full caption, in odd ones a prompt. */
const caption = (set: FeatureSet, index: number, wording: number): string => (wording % 2 === 0 ? fullCaption : promptAnswer)(featureScene(set, index), new Random("feature caption", set, index, wording));

/** Pictures of the micro world, 64 x 64, with captions. */
export const microFeatureImages = (): CaptionedImages => ({
  captions: sha256(Array.from({ length: PROBES }, (_, i) => caption("train", i, i % 4)).join("\n")),
  caption,
  identity: sha256(Array.from({ length: PROBES }, (_, i) => drawScene(featureScene(i % 2 === 0 ? "train" : "held-out", i))).join("\n")),
  image: async (set, index) => ({ width: frameSize, height: frameSize, data: await renderScene(featureScene(set, index)) }),
});
