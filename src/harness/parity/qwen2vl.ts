import type { Executor, Weights } from "../../graph/executor.ts";
import { floats, ints, type Tensor } from "../../graph/tensor.ts";
import { CLIP_NORMALISATION } from "../../images/normalise.ts";
import { qwen2vlPreprocess } from "../../images/qwen2vlPreprocess.ts";
import { prepareBatch, type ImagePatches, type Prompt } from "../../models/qwen2vl/batch.ts";
import { parseQwen2VLConfig, type Qwen2VLConfig } from "../../models/qwen2vl/config.ts";
import { qwen2vlGenerator, type GeneratedRow } from "../../models/qwen2vl/generate.ts";
import { imageTokens, type Grid } from "../../models/qwen2vl/positions.ts";
import { qwen2vlForward, qwen2vlInputs } from "../../models/qwen2vl/qwen2vl.ts";
import { WeightScope } from "../../models/weights.ts";
import { openCheckpoint } from "../../weights/checkpoint.ts";
import type { AgreementRow } from "./agreement.ts";
import { compareOutputs } from "./outputs.ts";
import { openPack, type Pack, type PackCase } from "./pack.ts";

interface Subject { readonly executor: Executor; readonly pack: Pack; readonly config: Qwen2VLConfig; readonly weights: Weights }

/** A case's rows as prompts: padding cut off, each with the images its placeholders take. */
function promptsOf(pack: Pack, { name }: PackCase, config: Qwen2VLConfig): Prompt[] {
  const ids = pack.tensor(`${name}.in.input_ids`), [B, T] = ids.shape as [number, number], masked = `${name}.in.attention_mask`;
  const mask = pack.has(masked) ? pack.tensor(masked).data : new Int32Array(B * T).fill(1);
  const grids = pack.tensor(`${name}.in.image_grid_thw`), pixels = pack.tensor(`${name}.in.pixel_values`), width = pixels.shape[1]!;
  let patch = 0;
  const images: ImagePatches[] = Array.from({ length: grids.shape[0]! }, (_, i) => {
    const gridThw = [...grids.data.subarray(3 * i, 3 * i + 3)] as [1, number, number], start = patch;
    patch += gridThw[0] * gridThw[1] * gridThw[2];
    return { gridThw, pixelValues: pixels.data.slice(start * width, patch * width) as Float32Array };
  });
  return Array.from({ length: B }, (_, b) => {
    const own = [...ids.data.subarray(b * T, (b + 1) * T)].filter((_, t) => mask[b * T + t] !== 0), taken: ImagePatches[] = [];
    for (let left = own.filter((id) => id === config.image_token_id).length; left > 0;) {
      taken.push(images.shift()!);
      left -= imageTokens(taken.at(-1)!.gridThw, config.vision_config.spatial_merge_size);
    }
    return { ids: own, images: taken };
  });
}

/** Rows of [images, P, D] that are not padding, [sum of counts, D]. */
function unpad({ shape, data }: Tensor, P: number, counts: readonly number[]): Tensor {
  const D = shape.at(-1)!;
  const kept = counts.flatMap((count, i) => [...data.subarray(i * P * D, (i * P + count) * D)]);
  return floats([kept.length / D, D], kept);
}

/** The same with zeros where the mask is 0, as packs write such rows. */
function blanked({ shape, data }: Tensor, mask: Tensor): Tensor {
  const D = shape.at(-1)!;
  return floats(shape, (data as Float32Array).map((x, i) => (mask.data[Math.floor(i / D)] ? x : 0)));
}

async function forwardCase({ executor, pack, config, weights }: Subject, c: PackCase): Promise<AgreementRow[]> {
  const prompts = promptsOf(pack, c, config), { feeds, mixedGrids, deltas } = prepareBatch(config, prompts);
  const { vision, layers, norm, logits } = qwen2vlForward(new WeightScope(), config, qwen2vlInputs(config, { mixedGrids }));
  const tower = { vision_patches: vision.embeddings, ...Object.fromEntries(vision.blocks.map((x, i) => [`vision_block.${i}`, x])), visual: vision.merged };
  const decoder = { ...Object.fromEntries(layers.map(({ hidden }, i) => [`layer.${i}`, hidden])), norm, logits };
  const program = await executor.compile({ ...tower, ...decoder }, weights);
  const found = await program.run(feeds);
  await program.release();

  const grids: Grid[] = prompts.flatMap(({ images }) => images.map(({ gridThw }) => gridThw)), merge = config.vision_config.spatial_merge_size;
  const P = feeds["patches"]!.shape[1]!, patches = grids.map((grid) => imageTokens(grid, merge) * merge ** 2);
  const got: Record<string, Tensor> = { position_ids: feeds.positions, rope_deltas: ints([deltas.length, 1], deltas) };
  for (const [name, tensor] of Object.entries(found)) {
    got[name] = name in decoder ? blanked(tensor, feeds.mask)
      : name === "visual" ? unpad(tensor, P / merge ** 2, patches.map((n) => n / merge ** 2)) : unpad(tensor, P, patches);
  }
  return compareOutputs(pack, c, got);
}

async function generateCase({ executor, pack, config, weights }: Subject, c: PackCase): Promise<AgreementRow[]> {
  const generator = await qwen2vlGenerator(executor, config, weights);
  const rows = await generator.generate(promptsOf(pack, c, config), { maxNewTokens: Number(c.settings["max_new_tokens"]), endIds: [Number(c.settings["eos_token_id"])], keepLogits: true });
  await generator.release();
  const B = rows.length, S = rows[0]!.ids.length, joined = (part: (row: GeneratedRow) => Float32Array) => rows.flatMap((row) => [...part(row)]);
  return compareOutputs(pack, c, {
    sequences: ints([B, S], rows.flatMap(({ ids }) => [...ids])),
    step_norm: floats([B, S, config.hidden_size], joined(({ features }) => features)),
    step_logits: floats([B, S, config.vocab_size], joined(({ logits }) => logits!)),
  });
}

function preprocessCase({ pack }: Subject, c: PackCase): AgreementRow[] {
  const source = pack.tensor(`${c.name}.in.image`), [height, width] = source.shape as [number, number, number], setting = (name: string): number => Number(c.settings[name]);
  const { pixelValues, gridThw, patches, patchValues, resized } = qwen2vlPreprocess({ width, height, data: Uint8Array.from(source.data) }, {
    patchSize: setting("patch_size"), mergeSize: setting("merge_size"), temporalPatchSize: setting("temporal_patch_size"),
    minPixels: setting("min_pixels"), maxPixels: setting("max_pixels"), normalisation: CLIP_NORMALISATION,
  });
  const greys = `${c.name}.out.resized`, got = { pixel_values: floats([patches, patchValues], pixelValues), image_grid_thw: ints([1, 3], [...gridThw]) };
  // Another bicubic may round to the next grey level.
  const wanted = pack.tensor(greys).data, level = resized.data.reduce((worst, grey, i) => Math.max(worst, Math.abs(grey - wanted[i]!)), 0);
  return [...compareOutputs(pack, { ...c, outputs: c.outputs.filter((name) => name !== greys) }, got), { name: greys, error: level, tolerance: 1, ok: level <= 1 }];
}

/** Compares our Qwen2-VL with a recorded pack: positions, every tower block and decoder layer, logits, greedy generation and preprocessing. */
export async function checkQwen2VLPack(folder: string, executor: Executor): Promise<AgreementRow[]> {
  const pack = openPack(folder), { tensors } = openCheckpoint(folder);
  const subject: Subject = { executor, pack, config: parseQwen2VLConfig(pack.json("config.json")), weights: (name) => tensors.get(name) };
  const rows: AgreementRow[] = [];
  for (const c of pack.cases) {
    if (c.kind === "forward") rows.push(...await forwardCase(subject, c));
    else if (c.kind === "generate") rows.push(...await generateCase(subject, c));
    else if (c.kind === "preprocess") rows.push(...preprocessCase(subject, c));
    else throw new Error(`${folder}: case ${c.name}: kind "${c.kind}" is unknown; forward, generate and preprocess are known`);
  }
  return rows;
}
