import { trapezoidSchedule } from "../../training/schedules.ts";
import type { Random } from "../../random/random.ts";
import { canonicalCaption, detailPhrase } from "../language/canonical.ts";
import { briefCaption, promptForUnseen } from "../language/captions.ts";
import { sceneDetails } from "../language/details.ts";
import type { Scene } from "../world/scene.ts";
import { severalDetails, severalImages } from "./corpus.ts";
import { sceneAndPairPictures, sceneOrPair, textOf } from "./flux.ts";
import { conditioningDisturbance, emptyPrompt, fluxTraining, type FluxSample } from "./fluxTraining.ts";
import type { Recipe } from "./recipe.ts";
import { describeDisturbance } from "./stateDisturbance.ts";

const steps = 1600, peak = 1.2e-3, count = 12_000, brief = 0.2, emptyPooled = 0.5;
/** Shares of pictures of several details and of CoBSAT's pairs; the rest are scenes of any kind. */
const several = 0.5, pairs = 0.3;
/** Shares of texts that stand side by side: of several details, and of others, which an empty text follows. */
const sideBySide = 0.6, beforeNothing = 0.2, phrases = 0.65;

/** A scene's text in two parts, as an image and a text, or two images, come: what it shows but for one detail, and that detail. */
function inTwo(scene: Scene, random: Random): Pick<FluxSample, "text" | "behind" | "pooled"> {
  const { slot, value } = random.pick(sceneDetails(scene)), text = textOf({ ...scene, [slot]: undefined }, random, brief);
  if (random.chance(phrases)) return { text, behind: detailPhrase(slot, value), pooled: detailPhrase(slot, value) };
  const { subject, seed, size, side, tone } = scene, other: Scene = { subject, seed, size, side, tone, [slot]: value };
  return { text, behind: random.pick([canonicalCaption, promptForUnseen, briefCaption])(other, random), pooled: "" };
}

/** Captions put two details into words at most; the fixed one says them all. */
const inOne = (scene: Scene, random: Random): string => (sceneDetails(scene).length > 2 ? canonicalCaption(scene) : textOf(scene, random, brief));

/** FLUX as compositions need it: trained on with pictures of several details, and with texts that are encoded apart from each other. */
export const fluxComposeRecipe: Recipe = fluxTraining({
  name: "flux-compose", from: "flux", steps,
  description: `FLUX that draws compositions: CoBSAT's FLUX, trained on. ${100 * several} % of its pictures show two or three details, which CoBSAT's pairs never do; ${100 * sideBySide} % of their texts come in two parts that T5 encodes apart and whose states follow each other, as those of an image and a text do: a caption without one detail, then that detail (${100 * phrases} % as a phrase, else in a caption of its own). No feature of an image, aligned or not, is trained on. T5's states carry ${describeDisturbance(conditioningDisturbance)}, each part amounts of its own; texts in two parts have no foreign neighbours.`,
  data: `CoBSAT's FLUX's pictures, and ${count.toLocaleString("en")} of scenes with two or three details, none of them the benchmark's`,
  numbers: { conditioningDisturbance },
  schedule: trapezoidSchedule({ peak, floor: peak / 50, warmup: 40, decay: steps / 2, total: steps }),
  pictures: [...sceneAndPairPictures, { name: "train-several", count, images: (cache, progress) => severalImages(cache, "train", count, progress) }],
  emptyPooled: () => emptyPooled,
  sample(random) {
    const kind = random.uniform();
    if (kind < several) {
      const picture = random.int(count), scene = severalDetails("train", picture);
      if (random.chance(emptyPrompt)) return { pictures: 2, picture, text: "", pooled: "" };
      if (random.chance(sideBySide)) return { pictures: 2, picture, ...inTwo(scene, random) };
      const text = inOne(scene, random);
      return { pictures: 2, picture, text, pooled: text };
    }
    const { scene, ...place } = sceneOrPair(random, kind < several + pairs), text = random.chance(emptyPrompt) ? "" : textOf(scene, random, brief);
    return text !== "" && random.chance(beforeNothing) ? { ...place, text, behind: "", pooled: "" } : { ...place, text, pooled: text };
  },
});
