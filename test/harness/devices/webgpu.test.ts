import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { imageFile } from "../../../src/harness/runs/images.ts";
import { readSamples } from "../../../src/harness/runs/samples.ts";
import { decodeImage } from "../../../src/images/image.ts";
import { ensureBenchmark } from "../../../src/micro/benchmark.ts";
import { openSafetensors, readTensorAsFloat32 } from "../../../src/weights/safetensors.ts";

/** SwiftShader, a Vulkan driver that needs no GPU, as Debian's chromium package brings it, with a Vulkan loader beside it. */
const driver = "/usr/lib/chromium/vk_swiftshader_icd.json", there = existsSync(driver) && process.env["CI"] !== undefined;
if (!there) console.warn(`SKIPPED: WebGPU against the CPU takes a minute of CPU time: it runs where CI is set and ${driver} is there (Debian: apt-get install chromium)`);

const root = mkdtempSync(join(tmpdir(), "devices-"));
afterAll(() => rmSync(root, { recursive: true }));

function runOn(device: string, env: Readonly<Record<string, string>>): string {
  const out = join(root, device), { status, stderr } = spawnSync(process.execPath, ["--import", "tsx", "test/harness/devices/microPath.ts", device, out], { env: { ...process.env, ...env }, encoding: "utf8" });
  expect(status, stderr.slice(-2000)).toBe(0);
  return out;
}

/** Of the numbers' own size: the largest difference by the largest number. */
function difference(a: ArrayLike<number>, b: ArrayLike<number>): number {
  expect(a.length).toBe(b.length);
  let worst = 0, largest = 0;
  for (let i = 0; i < a.length; i++) [worst, largest] = [Math.max(worst, Math.abs(a[i]! - b[i]!)), Math.max(largest, Math.abs(a[i]!))];
  return worst / largest;
}

it.skipIf(!there)("the micro path on WebGPU, from features to verdicts, agrees with the CPU: the same texts and verdicts, features within 1e-3 of their size, pictures within 3 grey levels", async () => {
  await ensureBenchmark(".cache/micro/cobsat/datasets");
  const cpu = runOn("cpu", {}), webgpu = runOn("webgpu", { VK_DRIVER_FILES: driver, VK_ICD_FILENAMES: driver, LD_LIBRARY_PATH: `${dirname(driver)}:${process.env["LD_LIBRARY_PATH"] ?? ""}` });
  const [expected, found] = [readSamples(cpu), readSamples(webgpu)], errors: Record<string, number> = { features: 0, greyLevels: 0 };
  expect([...found.keys()].sort()).toEqual([...expected.keys()].sort());
  expect(expected.size).toBe(5);
  for (const [id, { text, judged, outcome, image }] of expected) {
    const other = found.get(id)!;
    expect([id, other.text, other.judged, other.outcome]).toEqual([id, text, judged, outcome]);
    if (image === undefined) continue;
    const [own, its] = await Promise.all([decodeImage(imageFile(cpu, image)), decodeImage(imageFile(webgpu, other.image!))]);
    own.data.forEach((level, i) => { errors["greyLevels"] = Math.max(errors["greyLevels"]!, Math.abs(level - its.data[i]!)); });
  }
  for (const name of readdirSync(join(cpu, "features"))) {
    const [a, b] = [cpu, webgpu].map((run) => readTensorAsFloat32(openSafetensors(join(run, "features", name)), "features"));
    errors["features"] = Math.max(errors["features"]!, difference(a!, b!));
  }
  console.info(`WebGPU on SwiftShader against the CPU: ${Object.entries(errors).map(([name, error]) => `${name} ${error.toPrecision(2)}`).join(", ")}`);
  expect(errors["features"]).toBeLessThan(1e-3);
  expect(errors["greyLevels"]).toBeLessThanOrEqual(3);
}, 1_800_000);
