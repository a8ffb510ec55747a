import { readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { trainingFeatures } from "../../../src/harness/features/features.ts";
import { featureKind, layerOf } from "../../../src/harness/features/makers.ts";
import { featureScene, microFeatureImages } from "../../../src/harness/features/microImages.ts";
import { featurePrompt, featureRecipe, featuresIdentity } from "../../../src/harness/features/recipe.ts";
import type { FeatureRow } from "../../../src/harness/features/shard.ts";
import { openLvlm } from "../../../src/harness/models.ts";
import { readCheckpointTensorAsFloat32 } from "../../../src/weights/checkpoint.ts";
import { executor, noiseImages, tinyProfile } from "../aligner/tinyProfile.ts";

const { folders, cache } = tinyProfile(), lvlm = openLvlm(folders.lvlm), source = { lvlm, images: noiseImages, recipe: { ...featureRecipe, maxNewTokens: 6 } };
afterAll(() => rmSync(dirname(cache), { recursive: true, force: true }));

const same = (a: readonly FeatureRow[], b: readonly FeatureRow[]): void => {
  expect(a.map(({ ids, text }) => [[...ids], text])).toEqual(b.map(({ ids, text }) => [[...ids], text]));
  a.forEach(({ features }, i) => features.forEach((x, j) => expect(Math.abs(x - b[i]!.features[j]!)).toBeLessThan(2e-3)));
};

test("a sample is the same whatever the batch, the file and the count", async () => {
  for (const kind of ["generated", "prompt"] as const) {
    const one = await trainingFeatures(source, kind, "train", 5, { executor, cache: join(cache, "a"), batch: 64, shard: 64 });
    same(await trainingFeatures(source, kind, "train", 5, { executor, cache: join(cache, "b"), batch: 2, shard: 3 }), one);
    same(await trainingFeatures(source, kind, "train", 3, { executor, cache: join(cache, "b"), batch: 1, shard: 3 }), one.slice(0, 3));
    expect(new Set(one.map(({ ids }) => ids.join())).size).toBeGreaterThan(1);
  }
});

test("generated rows hold what was written, prompt rows every position of the prompt", async () => {
  const generated = await trainingFeatures(source, "generated", "held-out", 2, { executor, cache }), prompts = await trainingFeatures(source, "prompt", "held-out", 2, { executor, cache });
  for (const { ids, text, features } of generated) {
    expect(ids.length).toBeLessThanOrEqual(6);
    expect(ids).not.toContain(lvlm.config.eos_token_id);
    expect(features).toHaveLength(ids.length * 16);
    expect(text).toBe(lvlm.tokenizer.decode([...ids], { skipSpecial: true }));
  }
  for (const [i, { ids, text }] of prompts.entries()) {
    expect([...ids]).toEqual(Array.from((await featurePrompt(source, "held-out", i)).ids));
    expect([...ids].filter((id) => id === lvlm.config.image_token_id)).toHaveLength(4);
    expect(text).toContain("system\nYou are a helpful assistant.");
    expect(featureRecipe.prompts.some((prompt) => text.includes(prompt))).toBe(true);
  }
});

test("a layer's rows are the hidden states that the final norm made the generated rows of", async () => {
  const generated = await trainingFeatures(source, "generated", "train", 4, { executor, cache, shard: 3 }), hidden = await trainingFeatures(source, "layer-0.5", "train", 4, { executor, cache, shard: 2 });
  const weight = readCheckpointTensorAsFloat32(lvlm.checkpoint, "model.norm.weight"), D = weight.length;
  const normed = hidden.map((row) => ({ ...row, features: row.features.map((x, i) => { const at = i - (i % D), state = row.features.subarray(at, at + D); return (x * weight[i % D]!) / Math.sqrt(state.reduce((sum, y) => sum + y * y, 0) / D + lvlm.config.rms_norm_eps); }) }));
  expect(lvlm.config.num_hidden_layers).toBe(1);
  const near = normed.map(({ features }, i) => Math.max(...features.map((x, j) => Math.abs(x - generated[i]!.features[j]!))));
  expect(normed.map(({ ids, text }) => [[...ids], text])).toEqual(generated.map(({ ids, text }) => [[...ids], text]));
  expect(Math.max(...near)).toBeLessThan(0.02); // halves on disk, twice
  expect([featureKind({ features: "generated" }), featureKind({ features: "prompt" }), featureKind({ features: "generated", layer: 0.5 })]).toEqual(["generated", "prompt", "layer-0.5"]);
  expect([layerOf("layer-0.5", 28), layerOf("layer-0.25", 4), layerOf("layer-0.1", 4), layerOf("layer-1", 4)]).toEqual([14, 1, 1, 4]);
});

test("files that are there are read, missing ones are made, damaged ones are named", async () => {
  const place = join(cache, "again"), options = { executor, cache: place, shard: 2 }, first = await trainingFeatures(source, "generated", "train", 5, options), folder = join(place, "features", featuresIdentity(source));
  const names = readdirSync(folder).filter((name) => name !== "made.json").sort(), times = () => names.map((name) => statSync(join(folder, name)).mtimeMs), before = times();
  expect(names).toEqual(["generated-train-000000-000002.safetensors", "generated-train-000002-000004.safetensors", "generated-train-000004-000005.safetensors"]);
  rmSync(join(folder, names[1]!));
  same(await trainingFeatures(source, "generated", "train", 5, options), first);
  expect(times().map((time, i) => time === before[i])).toEqual([true, false, true]);
  writeFileSync(join(folder, names[0]!), "cut short");
  await expect(trainingFeatures(source, "generated", "train", 5, options)).rejects.toThrow(names[0]);
});

test("an abort ends the making behind the last whole file, and the next call goes on", async () => {
  const place = join(cache, "aborted"), stop = new AbortController();
  let asked = 0;
  const images = { ...noiseImages, image: (set: "train" | "held-out", index: number) => { if (++asked === 3) stop.abort(); return noiseImages.image(set, index); } };
  await expect(trainingFeatures({ ...source, images }, "generated", "train", 4, { executor, cache: place, shard: 2, signal: stop.signal })).rejects.toThrow(/abort/i);
  expect(readdirSync(join(place, "features", featuresIdentity(source)))).toEqual(["generated-train-000000-000002.safetensors", "made.json"]);
  asked = 10;
  expect(await trainingFeatures({ ...source, images }, "generated", "train", 4, { executor, cache: place, shard: 2 })).toHaveLength(4);
  expect(asked).toBe(12);
});

test("the identity changes with sampling, messages, pictures and the model's files", () => {
  const identity = featuresIdentity(source), changed = [
    { ...source, recipe: { ...source.recipe, sampling: { temperature: 0.7, topP: 0.9 } } }, { ...source, recipe: { ...source.recipe, prompts: ["?"] } },
    { ...source, images: { ...noiseImages, identity: "others" } }, { ...source, lvlm: { ...lvlm, hashes: { ...lvlm.hashes, "model.safetensors": "0" } } },
  ];
  expect(Object.keys(lvlm.hashes).sort()).toEqual(["config.json", "model.safetensors", "preprocessor_config.json", "tokenizer.json", "tokenizer_config.json"]);
  expect(new Set([identity, ...changed.map(featuresIdentity)]).size).toBe(5);
  expect(featuresIdentity(source)).toBe(identity);
});

test("feature pictures are 64 x 64 and in a namespace of their own", async () => {
  const { data } = await microFeatureImages().image("train", 0);
  expect(data).toHaveLength(64 * 64 * 3);
  expect(featureScene("train", 3).seed).toBe("feature/train/3");
  expect(featureScene("held-out", 3).seed).toBe("feature/held-out/3");
  expect(microFeatureImages().identity).toBe(microFeatureImages().identity);
});
