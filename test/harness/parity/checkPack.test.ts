import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { checkPack } from "../../../src/harness/parity/checkPack.ts";
import { ortExecutor } from "../../../src/onnx/ortExecutor.ts";

const executor = ortExecutor({ threads: 1 }), folder = mkdtempSync(join(tmpdir(), "packs-"));
afterAll(() => rmSync(folder, { recursive: true }));

it.each(["statistics", "random", "tokenizers", "pth-checkpoint", "t5"])("finds the check of %s", async (pack) => {
  const rows = await checkPack(`test/oracle/${pack}`, executor);
  expect(rows.length).toBeGreaterThan(10);
  expect(rows.filter(({ ok }) => !ok)).toEqual([]);
});

it("marks what differs", async () => {
  cpSync("test/oracle/pth-checkpoint", join(folder, "pth"), { recursive: true });
  const file = join(folder, "pth", "float32.safetensors"), bytes = readFileSync(file);
  bytes[bytes.length - 1]! ^= 1;
  writeFileSync(file, bytes);
  const failed = (await checkPack(join(folder, "pth"), executor)).filter(({ ok }) => !ok);
  expect(failed).toHaveLength(1);
  expect(failed[0]).toMatchObject({ error: 1, tolerance: 0 });
  expect(failed[0]!.name).toMatch(/^float32\./);
});

it("names an architecture that is not implemented", async () => {
  writeFileSync(join(folder, "pack.json"), JSON.stringify({ format: 1, architecture: "CogVideoXPipeline", source: "", cases: [] }));
  await expect(checkPack(folder, executor)).rejects.toThrow("CogVideoXPipeline is not implemented; implemented are t5, aligner");
});
