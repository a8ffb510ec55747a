import { sha256 } from "../../files/sha256.ts";
import { drawScene, frameSize } from "../../micro/world/draw.ts";
import { renderScene } from "../../micro/world/rasterize.ts";
import { sampleScene } from "../../micro/world/sample.ts";
import type { Scene } from "../../micro/world/scene.ts";
import { Random } from "../../random/random.ts";
import type { FeatureImages, FeatureSet } from "./recipe.ts";

/** The scene of a picture that features are made of: a namespace apart from the benchmark's, the base models' and the judges'. */
export const featureScene = (set: FeatureSet, index: number): Scene => sampleScene(new Random("feature scene", set, index), { seed: `feature/${set}/${index}` });

/** Scenes whose drawings stand for all in the identity. */
const PROBES = 60;

/** Pictures of the micro world, 64 x 64. */
export const microFeatureImages = (): FeatureImages => ({
  identity: sha256(Array.from({ length: PROBES }, (_, i) => drawScene(featureScene(i % 2 === 0 ? "train" : "held-out", i))).join("\n")),
  image: async (set, index) => ({ width: frameSize, height: frameSize, data: await renderScene(featureScene(set, index)) }),
});
