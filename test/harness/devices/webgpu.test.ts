import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { baseline } from "../../../src/ablations/baseline.ts";
import { initialAligner } from "../../../src/models/aligner/initialise.ts";
import { alignerFile, readAlignerLosses, readAlignerRecord } from "../../../src/harness/aligner/record.ts";
import { imageFile } from "../../../src/harness/runs/images.ts";
import { readSamples } from "../../../src/harness/runs/samples.ts";
import { decodeImage } from "../../../src/images/image.ts";
import { ensureBenchmark } from "../../../src/micro/benchmark.ts";
import { openCheckpoint, readCheckpointTensorAsFloat32 } from "../../../src/weights/checkpoint.ts";
import { openSafetensors, readTensorAsFloat32 } from "../../../src/weights/safetensors.ts";

/** SwiftShader, a Vulkan driver that needs no GPU, as Debian's chromium package brings it, with a Vulkan loader beside it. */
const driver = "/usr/lib/chromium/vk_swiftshader_icd.json", there = existsSync(driver) && process.env["CI"] !== undefined;
if (!there) console.warn(`SKIPPED: WebGPU against the CPU takes a minute of CPU time: it runs where CI is set and ${driver} is there (Debian: apt-get install chromium)`);

const root = mkdtempSync(join(tmpdir(), "devices-"));
afterAll(() => rmSync(root, { recursive: true }));

function runOn(device: string, env: Readonly<Record<string, string>>): string {
  const out = join(root, device), { status, stderr } = spawnSync(process.execPath, ["--import", "tsx", "test/harness/devices/microPath.ts", device, out, join(root, "training")], { env: { ...process.env, ...env }, encoding: "utf8" });
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

it.skipIf(!there)("the micro path on WebGPU, from features to verdicts and through training steps, agrees with the CPU: the same texts and verdicts, features within 1e-3 of their size, pictures within 3 grey levels, losses within 1e-5, what training changed within a thousandth of the change", async () => {
  await ensureBenchmark(".cache/micro/cobsat/datasets");
  const cpu = runOn("cpu", {}), webgpu = runOn("webgpu", { VK_DRIVER_FILES: driver, VK_ICD_FILENAMES: driver, LD_LIBRARY_PATH: `${dirname(driver)}:${process.env["LD_LIBRARY_PATH"] ?? ""}` });
  const [expected, found] = [readSamples(cpu), readSamples(webgpu)], errors: Record<string, number> = { features: 0, greyLevels: 0, losses: 0, change: 0 };
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
  const [losses, its] = [cpu, webgpu].map((run) => readAlignerLosses(join(run, "trained")).flatMap(({ loss, heldOutLoss }) => [loss!, ...(heldOutLoss === undefined ? [] : [heldOutLoss!])]));
  expect(losses!.length).toBeGreaterThan(5);
  errors["losses"] = difference(losses!, its!);
  const weightsOf = (run: string, name: string): Float32Array => readTensorAsFloat32(openSafetensors(alignerFile(join(run, "trained"))), name), initial = initialAligner(readAlignerRecord(join(cpu, "trained"))!.aligner, baseline.seed, readCheckpointTensorAsFloat32(openCheckpoint("assets/micro/t5"), "encoder.final_layer_norm.weight"));
  let changed = 0, apart = 0; // Adam's first steps follow the sign of a gradient, however small: single weights may differ by a step, their sum may not
  for (const [name, { data }] of initial) {
    const [own, other] = [weightsOf(cpu, name), weightsOf(webgpu, name)];
    own.forEach((x, i) => [changed, apart] = [changed + Math.abs(x - data[i]!), apart + Math.abs(x - other[i]!)]);
  }
  errors["change"] = apart / changed;
  console.info(`WebGPU on SwiftShader against the CPU: ${Object.entries(errors).map(([name, error]) => `${name} ${error.toPrecision(2)}`).join(", ")}`);
  expect(errors["features"]).toBeLessThan(1e-3);
  expect(errors["greyLevels"]).toBeLessThanOrEqual(3);
  expect(errors["losses"]).toBeLessThan(1e-5);
  expect(errors["change"]).toBeLessThan(1e-3);
}, 1_800_000);
