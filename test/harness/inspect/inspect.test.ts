import { copyFileSync, cpSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { initialAligner } from "../../../src/models/aligner/initialise.ts";
import { writeSafetensors } from "../../../src/weights/safetensors.ts";
import { inspect, inspectPipeline } from "../../../src/harness/inspect/inspect.ts";

const folder = mkdtempSync(join(tmpdir(), "inspect-"));
afterAll(() => rmSync(folder, { recursive: true }));
const manifests = "test/oracle/manifests", lines = (...args: Parameters<typeof inspect>): string[] => inspect(...args).comparisons.flatMap(({ difference }) => [...difference.lines]);

describe("a checkpoint against its model", () => {
  it.each(["t5", "qwen2-vl", "eva-vit", "clip", "clip/text_encoder", "llava", "flux-transformer", "autoencoder-kl", "pth-checkpoint/float32.pth", "pth-checkpoint/no_norm.pth"])("%s agrees", (path) => {
    const { comparisons, model, tensors } = inspect(`test/oracle/${path}`);
    expect(model).toBeDefined();
    expect(comparisons.map(({ difference }) => difference.lines)).toEqual([[]]);
    expect(tensors.every(({ begin, end, dtype }) => dtype !== undefined && end! >= begin!)).toBe(true);
  });
});

describe("aligners of other shapes", () => {
  const written = (config: { depth?: number; widening?: number; norm?: boolean }, change: (name: string) => string | undefined = (name) => name): string => {
    const path = join(folder, "aligner.pth.safetensors"), tensors = initialAligner({ inputWidth: 5, width: 4, eps: 1e-6, norm: true, ...config }, 1, new Float32Array(4).fill(1));
    writeSafetensors(path, new Map([...tensors].flatMap(([name, { shape, data }]) => { const own = change(name); return own === undefined ? [] : [[own, { dtype: "F32" as const, shape, data: data as Float32Array }] as const]; })));
    return path;
  };

  it.each([{ depth: 1 }, { depth: 4 }, { widening: 4 }, { depth: 3, widening: 2, norm: false }])("%o agrees", (config) => {
    const { model, comparisons } = inspect(written(config));
    expect([model, comparisons.map(({ difference }) => difference.lines)]).toEqual(["aligner", [[]]]);
  });

  it("tells what such an aligner lacks", () => {
    expect(lines(written({ depth: 4 }, (name) => (name === "mm_projector.4.bias" ? undefined : name)))).toEqual(["mm_projector.4.bias: missing, [4] expected"]);
  });
});

describe("a config.json against a manifest, without weights", () => {
  const published = readdirSync(manifests).filter((name) => !name.startsWith("thinkdiff-"));

  it.each(published)("%s agrees", (name) => {
    expect(lines(`assets/paper/${name}`, `${manifests}/${name}`)).toEqual([]);
  });

  it("covers every published configuration", () => {
    expect(published).toEqual(readdirSync("assets/paper"));
  });

  it("tells what is missing, unexpected and of another shape", () => {
    const file = join(folder, "m.json");
    writeFileSync(file, JSON.stringify({ tensors: [["shared.weight", [53, 25]], ["extra.weight", [1]]] }));
    const found = lines("test/oracle/t5/config.json", file);
    expect(found[0]).toBe("shared.weight: shape [53, 24] found, [53, 25] expected");
    expect(found[1]).toBe("extra.weight: missing, [1] expected");
    expect(found.at(-1)).toMatch(/^and \d+ more$/);
  });
});

describe("several files", () => {
  it("of PyTorch's, by their index, are compared as one checkpoint", () => {
    const own = mkdtempSync(join(folder, "bin-")), shard = "pytorch_model-00001-of-00001.bin", index = join(own, "pytorch_model.bin.index.json");
    copyFileSync("test/oracle/pth-checkpoint/no_norm.pth", join(own, shard));
    const { tensors } = inspect("test/oracle/pth-checkpoint/no_norm.pth");
    writeFileSync(index, JSON.stringify({ weight_map: Object.fromEntries(tensors.map(({ name }) => [name, shard])) }));
    expect(inspect(index)).toMatchObject({ model: "aligner", comparisons: [{ difference: { lines: [] } }] });
    expect(inspect(own).tensors.map(({ name }) => name)).toEqual(inspect(index).tensors.map(({ name }) => name));
  });

  it("of which only those of the model's part are there are compared as that part", () => {
    const own = mkdtempSync(join(folder, "part-")), index = join(own, "model.safetensors.index.json"), whole = inspect("test/oracle/eva-vit");
    copyFileSync("test/oracle/eva-vit/config.json", join(own, "config.json"));
    copyFileSync("test/oracle/eva-vit/model.safetensors", join(own, "model-00001-of-00002.safetensors"));
    const shards = (tensors: readonly { readonly name: string }[]) => Object.fromEntries(tensors.map(({ name }) => [name, "model-00001-of-00002.safetensors"]));
    writeFileSync(index, JSON.stringify({ weight_map: { ...shards(whole.tensors), "language_model.lm_head.weight": "model-00002-of-00002.safetensors" } }));
    const { alone, model, tensors, comparisons } = inspect(own);
    expect({ alone, model, names: tensors.map(({ name }) => name).sort(), lines: comparisons.map(({ difference }) => difference.lines) }).toEqual({ alone: "vision_model.", model: whole.model, names: whole.tensors.map(({ name }) => name).sort(), lines: [[]] });
    expect(whole.alone).toBeUndefined();
    rmSync(join(own, "model-00001-of-00002.safetensors"));
    expect(() => inspect(own)).toThrow(/model-00001-of-00002\.safetensors/);
  });

  it("of a diffusers pipeline are inspected model by model", () => {
    const own = mkdtempSync(join(folder, "pipeline-")), file = join(own, "model_index.json"), write = (parts: object): void => writeFileSync(file, JSON.stringify({ _class_name: "FluxPipeline", _diffusers_version: "0.32.2", ...parts }));
    for (const part of ["transformer", "vae"]) cpSync(`test/oracle/flux-sampler/${part}`, join(own, part), { recursive: true });
    write({ scheduler: ["diffusers", "FlowMatchEulerDiscreteScheduler"], tokenizer: ["transformers", "CLIPTokenizer"], transformer: ["diffusers", "FluxTransformer2DModel"], vae: ["diffusers", "AutoencoderKL"], image_encoder: [null, null] });
    expect(inspectPipeline(own)!.map(({ name, inspection: { model, comparisons } }) => [name, model, comparisons.map(({ difference }) => difference.lines)])).toEqual([["transformer", "FluxTransformer2DModel", [[]]], ["vae", "AutoencoderKL", [[]]]]);
    expect(inspectPipeline(join(own, "vae"))).toBeUndefined();
    for (const [parts, message] of [
      [{ text_encoder: ["transformers", "CLIPTextModel"] }, /text_encoder: no such folder, but .*model_index\.json names CLIPTextModel there/], [{ "../vae": ["diffusers", "AutoencoderKL"] }, /part "\.\.\/vae" is not a folder's name/],
      [{ "..": ["diffusers", "AutoencoderKL"] }, /part "\.\." is not/], [{}, /names no parts/],
    ] as const) {
      write(parts);
      expect(() => inspectPipeline(own)).toThrow(message);
    }
  });
});

describe("what cannot be compared", () => {
  it("refuses a config.json of a model that is not implemented, by name", () => {
    const file = join(folder, "config.json");
    writeFileSync(file, '{"_class_name": "CogVideoXTransformer3DModel"}');
    expect(() => inspect(file)).toThrow("names CogVideoXTransformer3DModel; implemented are");
  });

  it("lists tensors beside such a config.json, with a note", () => {
    const { tensors, note, comparisons } = inspect("test/oracle/aligner-training/aligner.safetensors");
    expect(tensors).toHaveLength(5);
    expect(note).toContain("names no model");
    expect(comparisons).toEqual([]);
  });

  it("refuses a manifest of another form", () => {
    expect(() => inspect("test/oracle/t5", "test/oracle/t5/config.json")).toThrow('expected {"tensors"');
  });
});
