import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { clipJudge, type ClipJudge } from "../../../src/cobsat/judge/clipJudge.ts";
import type { JudgeItem } from "../../../src/cobsat/judge/judge.ts";
import { themes, valuesOf, type Half } from "../../../src/cobsat/tasks.ts";
import { shownName } from "../../../src/cobsat/vocabulary.ts";
import { floats, ints, type Tensor } from "../../../src/graph/tensor.ts";
import { clipPreprocess } from "../../../src/images/clipPreprocess.ts";
import { clipImageEmbeds, clipLogitsPerImage, clipTextEmbeds } from "../../../src/models/clip/clip.ts";
import { parseClipConfig } from "../../../src/models/clip/config.ts";
import { WeightScope } from "../../../src/models/weights.ts";
import { ortExecutor } from "../../../src/onnx/ortExecutor.ts";
import { input } from "../../../src/ops/index.ts";
import { Random } from "../../../src/random/random.ts";
import { loadTokenizer } from "../../../src/text/tokenizer.ts";
import { writeSafetensors } from "../../../src/weights/safetensors.ts";
import { randomParameters } from "../../models/directionalDerivative.ts";

const executor = ortExecutor({ threads: 1 }), folders: string[] = [];
const json = {
  projection_dim: 12,
  text_config: { vocab_size: 860, hidden_size: 16, intermediate_size: 20, num_hidden_layers: 1, num_attention_heads: 2, max_position_embeddings: 24, eos_token_id: 2 },
  vision_config: { hidden_size: 18, intermediate_size: 20, num_hidden_layers: 1, num_attention_heads: 3, image_size: 16, patch_size: 8 },
};
const config = parseClipConfig(json), weights = new WeightScope();
const images = clipImageEmbeds(weights, config, input("pixels", ["I", 3, 16, 16]));
const logits = clipLogitsPerImage(weights, images, clipTextEmbeds(weights, config, input("ids", ["N", "T"], "int32")));
const parameters = randomParameters(weights);

/** A model folder with the given weights, and settings in place of the usual ones. */
function modelFolder(tensors: Record<string, Tensor>, settings: object = json): string {
  const folder = mkdtempSync(join(tmpdir(), "clip-judge-"));
  folders.push(folder);
  writeFileSync(join(folder, "config.json"), JSON.stringify(settings));
  writeSafetensors(join(folder, "model.safetensors"), new Map(Object.entries(tensors).map(([name, { shape, data }]) => [name, { dtype: "F32", shape, data: data as Float32Array }])));
  for (const file of ["tokenizer.json", "tokenizer_config.json"]) copyFileSync(fileURLToPath(new URL(`../../oracle/tokenizers/clip/${file}`, import.meta.url)), join(folder, file));
  return folder;
}

const random = new Random("clip judge", "pictures");
const items: JudgeItem[] = Array.from({ length: 7 }, (_, i) => ({
  theme: themes[i % 5]!,
  image: { width: 20 + i, height: 17, data: Uint8Array.from({ length: (20 + i) * 17 * 3 }, () => random.int(256)) },
}));

describe("CLIP as a judge", () => {
  let folder: string, judge: ClipJudge;
  beforeAll(async () => {
    folder = modelFolder(parameters);
    judge = await clipJudge(executor, folder, { batchSize: 3 });
  });
  afterAll(async () => {
    await judge.release();
    for (const path of folders) rmSync(path, { recursive: true });
  });

  it("chooses the value whose text, embedded alone, has the highest logit", async () => {
    const program = await executor.compile({ logits }), tokenizer = loadTokenizer(folder), judged = await judge.judge(items);
    expect(judged).toHaveLength(7);
    for (const [i, { image, theme }] of items.entries()) {
      for (const half of ["detail", "object"] as Half[]) {
        const scores: number[] = [], values = valuesOf(theme, half);
        for (const value of values) {
          const ids = tokenizer.encode(shownName(value));
          const result = await program.run({ ...parameters, pixels: floats([1, 3, 16, 16], clipPreprocess(image, 16)), ids: ints([1, ids.length], ids) });
          scores.push(result.logits.data[0]!);
        }
        expect(judged[i]![half], `picture ${i}, ${half}`).toEqual({ value: values[scores.indexOf(Math.max(...scores))] });
      }
    }
    expect(new Set(judged.map(({ detail }) => detail.value)).size).toBeGreaterThan(1);
    await program.release();
  });

  it("answers the same whatever the batch", async () => {
    const one = await clipJudge(executor, folder, { batchSize: 1 });
    expect(await one.judge(items)).toEqual(await judge.judge(items));
    expect(one.identity).toBe(judge.identity);
    expect(await one.judge([])).toEqual([]);
    await one.release();
  });

  it("takes other wordings, which are part of its identity", async () => {
    const reworded = await clipJudge(executor, folder, { prompt: (theme, half, value) => `${half} ${theme.detailSpace} ${shownName(value)}`, name: "reworded" });
    expect(reworded.name).toBe("reworded");
    expect(reworded.identity).not.toBe(judge.identity);
    expect(reworded.identity).toMatch(/^[0-9a-f]{64}$/);
    await reworded.release();
  });

  it("names no value where similarities are not finite", async () => {
    const broken = await clipJudge(executor, modelFolder({ ...parameters, "visual_projection.weight": floats([12, 18], new Float32Array(216)) }));
    expect(broken.identity).not.toBe(judge.identity);
    expect((await broken.judge(items.slice(0, 1)))[0]).toEqual({ detail: { reason: "CLIP's similarities are not finite" }, object: { reason: "CLIP's similarities are not finite" } });
    await broken.release();
  });

  it("refuses texts and folders that do not fit, saying why", async () => {
    await expect(clipJudge(executor, folder, { prompt: () => "yellow ".repeat(30) })).rejects.toThrow(/has \d+ tokens; CLIP takes 1 to 24/);
    await expect(clipJudge(executor, modelFolder(parameters, { ...json, text_config: { ...json.text_config, vocab_size: 859 } }))).rejects.toThrow("token id 859, but the model's vocab_size is 859");
    await expect(clipJudge(executor, modelFolder(parameters, { model_type: "clip" }))).rejects.toThrow(/config\.json: .*text_config.*$/);
  });
});
