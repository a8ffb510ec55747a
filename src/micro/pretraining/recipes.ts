import { clipRecipe } from "./clip.ts";
import { evaVitRecipe } from "./evaVit.ts";
import { fluxRecipe } from "./flux.ts";
import { fluxComposeRecipe } from "./fluxCompose.ts";
import { composeJudgeRecipe, judgeRecipe } from "./judge.ts";
import { llavaRecipe } from "./llava.ts";
import { lvlmRecipe } from "./lvlm.ts";
import type { Recipe } from "./recipe.ts";
import { t5Recipe } from "./t5.ts";
import { vaeRecipe } from "./vae.ts";

/** Every recipe by its model's name, in the order in which they can be trained; some are made from the weights already under `assets`. */
export const recipes: Readonly<Record<string, (assets: string) => Recipe>> = {
  t5: () => t5Recipe,
  vae: () => vaeRecipe,
  clip: clipRecipe,
  "eva-vit": evaVitRecipe,
  flux: () => fluxRecipe,
  "flux-compose": () => fluxComposeRecipe,
  lvlm: lvlmRecipe,
  judge: judgeRecipe,
  "judge-compose": composeJudgeRecipe,
  llava: llavaRecipe,
};
