import { execFileSync } from "node:child_process";
import { copyFileSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { openCheckpoint, readCheckpointTensorAsFloat32 } from "../../src/weights/checkpoint.ts";
import { compareManifest } from "../../src/weights/manifest.ts";
import { writeSafetensors } from "../../src/weights/safetensors.ts";

let folder: string;
beforeEach(() => { folder = mkdtempSync(join(tmpdir(), "checkpoint-")); });
afterEach(() => rmSync(folder, { recursive: true }));

/** Writes a shard whose tensors are vectors holding `values`. */
const shard = (name: string, tensors: Record<string, number[]>) => writeSafetensors(join(folder, name),
  new Map(Object.entries(tensors).map(([key, values]) => [key, { dtype: "F32", shape: [values.length], data: new Float32Array(values) }])));
const index = (weightMap: unknown, name = "model.safetensors.index.json") => writeFileSync(join(folder, name), JSON.stringify({ weight_map: weightMap }));

describe("openCheckpoint", () => {
  it.each(["model.safetensors", "diffusion_pytorch_model.safetensors", "aligner.safetensors"])("opens a folder with %s, and the file itself", (name) => {
    shard(name, { w: [1, 2] });
    for (const path of [folder, join(folder, name)]) {
      const checkpoint = openCheckpoint(path);
      expect(checkpoint.tensors.get("w")).toMatchObject({ file: join(folder, name), dtype: "F32", shape: [2], bytes: 8 });
      expect(readCheckpointTensorAsFloat32(checkpoint, "w")).toEqual(new Float32Array([1, 2]));
      expect(() => readCheckpointTensorAsFloat32(checkpoint, "v")).toThrow(/holds no tensor v/);
    }
  });

  it("joins shards", () => {
    shard("a.safetensors", { x: [1] });
    shard("b.safetensors", { y: [2], z: [3] });
    index({ x: "a.safetensors", y: "b.safetensors", z: "b.safetensors" });
    const checkpoint = openCheckpoint(folder);
    expect([...checkpoint.tensors.keys()].map((name) => readCheckpointTensorAsFloat32(checkpoint, name)[0])).toEqual([1, 2, 3]);
    expect(checkpoint.files.map((f) => f.path)).toEqual([join(folder, "a.safetensors"), join(folder, "b.safetensors")]);
  });

  it("opens a part by how its names begin, from the shards that hold it", () => {
    shard("a.safetensors", { "vision.x": [1], "text.y": [2], "vision.extra": [4] });
    index({ "vision.x": "a.safetensors", "text.y": "a.safetensors", "text.z": "gone.safetensors" });
    const checkpoint = openCheckpoint(folder, "vision.");
    expect([[...checkpoint.tensors.keys()], checkpoint.files.map(({ path }) => path)]).toEqual([["vision.x", "vision.extra"], [join(folder, "a.safetensors")]]);
    expect([...openCheckpoint(join(folder, "a.safetensors"), "text.").tensors.keys()]).toEqual(["text.y"]);
    expect(() => openCheckpoint(folder)).toThrow(/1 of 2 shards missing: gone.safetensors/);
    expect(() => openCheckpoint(folder, "audio.")).toThrow(/model\.safetensors\.index\.json: names no tensor of audio\.\*$/);
  });

  it.each([
    ["a missing shard", { x: "a.safetensors", y: "gone.safetensors" }, /1 of 2 shards missing: gone.safetensors/],
    ["a missing tensor", { x: "a.safetensors", y: "a.safetensors" }, /a.safetensors: holds no tensor y/],
    ["a shard outside the folder", { x: "../a.safetensors" }, /tensor x: shard "..\/a.safetensors" is not a file name/],
    ["the folder above", { x: ".." }, /tensor x: shard ".." is not a file name/],
    ["an absolute shard", { x: "/etc/passwd" }, /tensor x: shard "\/etc\/passwd" is not a file name/],
    ["a Windows path", { x: "..\\a.safetensors" }, /tensor x: shard .* is not a file name/],
    ["a shard without a name", { x: "" }, /tensor x: shard "" is not a file name/],
    ["a shard that is a number", { x: 7 }, /tensor x: shard 7 is not a file name/],
    ["a name of several lines", { "x\nfine": "a.safetensors" }, /tensor x\\nfine: shard/],
    ["itself as a shard", { x: "model.safetensors.index.json" }, /model\.safetensors\.index\.json: the header claims/],
    ["a list", [], /expected an object "weight_map"/],
    ["no map", null, /expected an object "weight_map"/],
  ])("reports %s", (_, weightMap, message) => {
    shard("a.safetensors", { x: [1] });
    index(weightMap);
    expect(() => openCheckpoint(folder)).toThrow(message);
    expect(() => openCheckpoint(folder)).not.toThrow(/\n/);
  });

  it("does not wait for a pipe to be written", () => {
    execFileSync("mkfifo", [join(folder, "a.safetensors")]);
    index({ x: "a.safetensors" });
    expect(() => openCheckpoint(folder)).toThrow(/a\.safetensors: expected a file, found something else/);
  });

  it("keeps a tensor that the index leaves out, and refuses one that lies in two shards", () => {
    shard("a.safetensors", { x: [1], extra: [4] });
    shard("b.safetensors", { y: [2] });
    index({ x: "a.safetensors", y: "b.safetensors" });
    expect(readCheckpointTensorAsFloat32(openCheckpoint(folder), "extra")).toEqual(new Float32Array([4]));
    shard("b.safetensors", { y: [2], x: [3] });
    expect(() => openCheckpoint(folder)).toThrow(/b.safetensors: tensor x lies here too, but .* places it in a.safetensors/);
    shard("b.safetensors", { y: [2], extra: [3] });
    expect(() => openCheckpoint(folder)).toThrow(/b.safetensors: tensor extra lies in a.safetensors too/);
  });

  it("reports an empty folder, a choice and a missing path", () => {
    expect(() => openCheckpoint(folder)).toThrow(/no .safetensors file; expected model.safetensors/);
    writeFileSync(join(folder, "aligner.pth"), "");
    expect(() => openCheckpoint(folder)).toThrow(/found aligner.pth; name one/);
    writeFileSync(join(folder, "pytorch_model.bin"), "");
    expect(() => openCheckpoint(folder)).toThrow(/pytorch_model.bin: 0 bytes are too few for a zip file/);
    rmSync(join(folder, "pytorch_model.bin"));
    shard("a.safetensors", {});
    shard("b.safetensors", {});
    expect(() => openCheckpoint(folder)).toThrow(/several .safetensors files \(a.safetensors, b.safetensors\)/);
    expect(() => openCheckpoint(join(folder, "none"))).toThrow(/none: no such file or folder/);
  });

  it("reads tensors of PyTorch files in place, single and sharded", () => {
    copyFileSync("test/oracle/pth-checkpoint/float32.pth", join(folder, "pytorch_model.bin"));
    const want = openCheckpoint("test/oracle/pth-checkpoint/float32.safetensors"), names = [...want.tensors.keys()];
    for (const open of [() => openCheckpoint(folder), () => openCheckpoint(join(folder, "pytorch_model.bin"))]) {
      const found = open();
      for (const name of names) expect(readCheckpointTensorAsFloat32(found, name)).toEqual(readCheckpointTensorAsFloat32(want, name));
    }
    renameSync(join(folder, "pytorch_model.bin"), join(folder, "pytorch_model-00001-of-00001.bin"));
    index(Object.fromEntries(names.map((name) => [name, "pytorch_model-00001-of-00001.bin"])), "pytorch_model.bin.index.json");
    expect(openCheckpoint(folder).tensors.get(names[0]!)?.file).toBe(join(folder, "pytorch_model-00001-of-00001.bin"));
    expect(() => openCheckpoint("test/oracle/pth-checkpoint/views.pth")).toThrow(/views.pth: tensor .*: its strides .*save it with .contiguous\(\)/);
  });

  it("opens a reference pack as the libraries wrote it", () => {
    const { tensors } = openCheckpoint("test/oracle/qwen2-vl");
    const config = JSON.parse(readFileSync("test/oracle/qwen2-vl/config.json", "utf8")) as { vocab_size: number; hidden_size: number };
    expect(tensors.get("model.embed_tokens.weight")?.shape).toEqual([config.vocab_size, config.hidden_size]);
  });
});

describe("compareManifest", () => {
  const of = (...names: string[]) => names.map((name) => ({ name, shape: [2, 3] }));

  it("finds nothing between equal lists in any order", () => {
    expect(compareManifest(of("a", "b"), of("b", "a"))).toEqual({ missing: [], unexpected: [], wrongShape: [], lines: [] });
  });

  it("tells missing, unexpected and wrong shapes apart, and forgives optional names", () => {
    const difference = compareManifest([...of("a", "tied"), { name: "w", shape: [2] }], [...of("b", "position_ids"), { name: "w", shape: [2, 1] }], ["tied", "position_ids"]);
    expect(difference.lines).toEqual(["w: shape [2, 1] found, [2] expected", "a: missing, [2, 3] expected", "b: unexpected, [2, 3] found"]);
    expect(difference.missing).toEqual(of("a"));
    expect(difference.unexpected).toEqual(of("b"));
  });

  it("shows ten lines and counts the rest", () => {
    const { lines, missing } = compareManifest(of(..."abcdefghijkl"), []);
    expect([lines.length, lines[10], missing.length]).toEqual([11, "and 2 more", 12]);
  });
});
