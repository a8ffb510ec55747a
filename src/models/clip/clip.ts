/**
 * CLIP (Radford et al. 2021, figure 3; transformers' CLIPModel): two towers, projected into one space of unit vectors.
 * Axes: I images, N texts, P projection_dim.
 */
import type { Dim } from "../../graph/dims.ts";
import type { Value } from "../../graph/value.ts";
import { add, div, exp, iota, logSoftmax, matmul, mean, mul, pick, sqrt, sum, transpose } from "../../ops/index.ts";
import { linear } from "../layers/linear.ts";
import type { WeightScope } from "../weights.ts";
import type { ClipConfig } from "./config.ts";
import { clipTextTower } from "./textTower.ts";
import { clipVisionTower } from "./visionTower.ts";

const unit = (x: Value): Value => div(x, sqrt(sum(mul(x, x), -1, { keep: true })));

/** Unit vectors [N, P] of pooled texts [N, D]. */
export const projectText = (weights: WeightScope, config: ClipConfig, pooled: Value): Value =>
  unit(linear(pooled, weights.at("text_projection"), config.projection_dim, { bias: false }));

/** Unit vectors [I, P] of pooled images [I, D]. */
export const projectImage = (weights: WeightScope, config: ClipConfig, pooled: Value): Value =>
  unit(linear(pooled, weights.at("visual_projection"), config.projection_dim, { bias: false }));

/** Unit vectors [N, P] of texts: ids int32 [N, T], mask [N, T] (nonzero = attend). */
export const clipTextEmbeds = (weights: WeightScope, config: ClipConfig, ids: Value, mask?: Value): Value =>
  projectText(weights, config, clipTextTower(weights, config.text_config, ids, mask).pooled);

/** Unit vectors [I, P] of normalised pixels [I, 3, image_size, image_size]. */
export const clipImageEmbeds = (weights: WeightScope, config: ClipConfig, pixels: Value): Value =>
  projectImage(weights, config, clipVisionTower(weights, config.vision_config, pixels).pooled);

/** Cosine of every image with every text times exp(logit_scale): [I, N] of unit vectors [I, P] and [N, P]. */
export const clipLogitsPerImage = (weights: WeightScope, imageEmbeds: Value, textEmbeds: Value): Value =>
  mul(matmul(imageEmbeds, textEmbeds, { transposeB: true }), exp(weights.param("logit_scale", [])));

/** CLIP's training loss, a scalar: the mean cross-entropy of logits [B, B] along both axes, row i belonging to column i. */
export function contrastiveLoss(logitsPerImage: Value): Value {
  const B = logitsPerImage.shape[0] as Dim;
  const direction = (logits: Value): Value => mean(pick(logSoftmax(logits), iota(B)));
  return mul(-0.5, add(direction(logitsPerImage), direction(transpose(logitsPerImage, [1, 0]))));
}
