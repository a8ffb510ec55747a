import type { Random } from "../../random/random.ts";
import { trapezoidSchedule } from "../../training/schedules.ts";
import { canonicalCaption } from "../language/canonical.ts";
import { briefCaption, fullCaption, promptAnswer, promptForUnseen } from "../language/captions.ts";
import type { Scene } from "../world/scene.ts";
import { allPairs, pairImages, pairVariant, pairVariants, trainingImages, trainingScene, trainingScenes } from "./corpus.ts";
import { conditioningDisturbance, droppedTokens, emptyPrompt, fluxTraining, type FluxPictures, type FluxSample } from "./fluxTraining.ts";
import type { Recipe } from "./recipe.ts";
import { describeDisturbance } from "./stateDisturbance.ts";

const firstCycle = 4000, steps = 9700, peak = 2e-3;

/** Two cycles of warm-up, constant rate and decay: reading disturbed states is learnt long after drawing is. */
const cycles = [
  trapezoidSchedule({ peak, floor: peak / 50, warmup: 40, decay: 1200, total: firstCycle }),
  trapezoidSchedule({ peak, floor: peak / 50, warmup: 40, decay: 1500, total: steps - firstCycle }),
] as const;

/** Share of brief captions, of empty prompts' pooled embeddings and of CoBSAT pairs, by step: short texts and a pooled one teach drawing cheaply; long texts and the empty one, as the arms use them, come last. */
const phases = [
  { until: 2100, brief: 0.85, emptyPooled: 0.5, pairShare: 0.65 },
  { until: firstCycle, brief: 0.2, emptyPooled: 0.85, pairShare: 0.65 },
  { until: steps, brief: 0.2, emptyPooled: 0.85, pairShare: 0.55 },
];
const phaseAt = (step: number) => phases.find(({ until }) => step < until)!;

/** Texts a picture is trained with: brief, canonical, prompt-like and full captions. */
export function textOf(scene: Scene, random: Random, brief: number): string {
  if (random.chance(brief)) return briefCaption(scene, random);
  const kind = random.uniform(0.15, 1);
  if (kind < 0.3) return canonicalCaption(scene);
  if (kind < 0.65) return promptForUnseen(scene, random);
  return kind < 0.85 ? promptAnswer(scene, random) : fullCaption(scene, random);
}

/** Scenes of any kind, and CoBSAT's pairs. */
export const sceneAndPairPictures: readonly FluxPictures[] = [
  { name: "train", count: trainingScenes, images: trainingImages },
  { name: "train-pairs", count: allPairs.length * pairVariants, images: (cache, progress) => pairImages(cache, "train", pairVariants, progress) },
];

/** Draws one of `sceneAndPairPictures`, by its place there, and its scene. */
export function sceneOrPair(random: Random, pair: boolean): Pick<FluxSample, "pictures" | "picture"> & { readonly scene: Scene } {
  const picture = random.int(pair ? allPairs.length * pairVariants : trainingScenes);
  return { pictures: pair ? 1 : 0, picture, scene: pair ? pairVariant("train", Math.floor(picture / pairVariants), picture % pairVariants) : trainingScene(picture) };
}

/** FLUX's transformer by rectified flow on latents, conditioned on noisy states of the frozen T5 encoder. */
export const fluxRecipe: Recipe = fluxTraining({
  name: "flux",
  description: `FLUX transformer, rectified flow on packed VAE latents, conditioned on unpadded states of the frozen micro T5's encoder, which carry ${describeDisturbance(conditioningDisturbance)}; up to ${droppedTokens} of the tokens are dropped in half of the samples. ${100 * emptyPrompt} % of the texts are empty. The pooled embedding is that of the empty prompt for at least half of the samples (${phases.map((p) => `${100 * p.emptyPooled} %`).join(", then ")}); captions are brief in ${phases.map((p) => `${100 * p.brief} %`).join(", then ")}. The learning rate rises and falls twice, over ${firstCycle} steps and the rest. Guidance is trained at 1 only; the empty texts make classifier-free guidance possible.`,
  data: `${trainingScenes.toLocaleString("en")} captioned pictures and ${(allPairs.length * pairVariants).toLocaleString("en")} pictures of CoBSAT pairs, none of them the benchmark's`,
  numbers: { conditioningDisturbance },
  steps,
  schedule: (step) => (step < firstCycle ? cycles[0](step) : cycles[1](step - firstCycle)),
  pictures: sceneAndPairPictures,
  emptyPooled: (step) => phaseAt(step).emptyPooled,
  sample(random, step) {
    const { brief, pairShare } = phaseAt(step), { scene, ...place } = sceneOrPair(random, random.chance(pairShare)), text = random.chance(emptyPrompt) ? "" : textOf(scene, random, brief);
    return { ...place, text, pooled: text };
  },
});
