/** What decides an aligner's weights, put together in one place: trainings, their look-up and their estimates ask here. */
import type { Experiment } from "../../ablations/experiment.ts";
import { featureRecipe, featuresIdentity, type FeatureImages, type FeatureRecipe } from "../features/recipe.ts";
import type { OpenedLvlm, OpenedT5 } from "../models.ts";
import { decidingPart, type AlignerMakings } from "./record.ts";

/** Numbers of pictures whose captions an aligner trains on, and is measured on without ever training on them. */
export interface SampleCounts { readonly train: number; readonly heldOut: number }

/** A training as asked for. */
export interface AlignerRequest {
  readonly experiment: Experiment;
  readonly images: FeatureImages;
  readonly samples: SampleCounts;
  readonly recipe?: FeatureRecipe;
}

/** The makings of an aligner, which need not exist. */
export const makingsOf = ({ experiment, images, samples, recipe = featureRecipe }: AlignerRequest, lvlm: OpenedLvlm, t5: OpenedT5): AlignerMakings =>
  ({ experiment: decidingPart(experiment), features: featuresIdentity({ lvlm, images, recipe }), samples, t5: t5.hashes });
