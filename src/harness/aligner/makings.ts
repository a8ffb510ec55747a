/** What decides an aligner's weights, put together in one place: trainings, their look-up and their estimates ask here. */
import type { Experiment } from "../../ablations/experiment.ts";
import type { AlignerConfig } from "../../models/aligner/aligner.ts";
import type { T5Config } from "../../models/t5/config.ts";
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

/** The makings of an aligner trained on material of an identity. */
export const makingsFrom = ({ experiment, samples }: Pick<AlignerRequest, "experiment" | "samples">, features: string, t5: OpenedT5): AlignerMakings =>
  ({ experiment: decidingPart(experiment), features, samples, t5: t5.hashes });

/** The makings of an aligner of the LVLM's features, which need not exist. */
export const makingsOf = ({ images, recipe = featureRecipe, ...request }: AlignerRequest, lvlm: OpenedLvlm, t5: OpenedT5): AlignerMakings => makingsFrom(request, featuresIdentity({ lvlm, images, recipe }), t5);

/** The aligner that an experiment trains between features of a width and a T5. */
export const alignerConfig = ({ norm, depth, widening }: Pick<Experiment, "norm" | "depth" | "widening">, inputWidth: number, t5: T5Config): AlignerConfig =>
  ({ inputWidth, width: t5.d_model, eps: t5.layer_norm_epsilon, norm: norm !== "none", ...(depth === undefined ? {} : { depth }), ...(widening === undefined ? {} : { widening }) });
