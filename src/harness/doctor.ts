/** What this machine has: Node, processor, memory, libraries, devices, and whether each device computes rightly. */
import { existsSync, readdirSync } from "node:fs";
import { freemem } from "node:os";
import { floats, type Tensor } from "../graph/tensor.ts";
import { devices, listProviders } from "../onnx/devices.ts";
import { ortExecutor } from "../onnx/ortExecutor.ts";
import { input, matmul, softmax } from "../ops/index.ts";
import { Random } from "../random/random.ts";
import { presentMachine, presentVersions, type Machine } from "./runs/machine.ts";

export interface DeviceReport {
  readonly device: (typeof devices)[number];
  readonly ok: boolean;
  /** Largest difference from the same numbers in float64, where it ran. */
  readonly error?: number;
  /** Why it cannot be used, in one line. */
  readonly reason?: string;
}

export interface DoctorReport {
  readonly machine: Machine;
  readonly freeMemoryBytes: number;
  readonly versions: Readonly<Record<string, string>>;
  readonly providers: ReturnType<typeof listProviders>;
  readonly devices: readonly DeviceReport[];
  /** Base models under assets/micro. */
  readonly models: readonly string[];
  /** What is missing and how to get it. */
  readonly advice: readonly string[];
}

const rows = 7, inner = 33, columns = 19, tolerance = 1e-4;

/** softmax(a b) in float64, row by row. */
function expected(a: Tensor, b: Tensor): number[] {
  return Array.from({ length: rows }, (_, i) => {
    const logits = Array.from({ length: columns }, (_, j) => Array.from({ length: inner }, (_, k) => a.data[i * inner + k]! * b.data[k * columns + j]!).reduce((x, y) => x + y, 0));
    const top = Math.max(...logits), exps = logits.map((x) => Math.exp(x - top)), total = exps.reduce((x, y) => x + y, 0);
    return exps.map((x) => x / total);
  }).flat();
}

async function examine(device: DeviceReport["device"]): Promise<DeviceReport> {
  const random = new Random("doctor"), a = floats([rows, inner], Float32Array.from(random.normals(rows * inner))), b = floats([inner, columns], Float32Array.from(random.normals(inner * columns)));
  try {
    const program = await ortExecutor({ device, threads: 1 }).compile({ y: softmax(matmul(input("a", ["R", inner]), input("b", [inner, columns]))) });
    const { y } = await program.run({ a, b });
    await program.release();
    const error = expected(a, b).reduce((worst, want, i) => Math.max(worst, Math.abs(want - y.data[i]!)), 0);
    return error <= tolerance ? { device, ok: true, error } : { device, ok: false, error, reason: `its numbers are off by ${error}, more than ${tolerance}` };
  } catch (error) {
    return { device, ok: false, reason: (error as Error).message.split("\n")[0]! };
  }
}

const remedies: Readonly<Record<DeviceReport["device"], string>> = {
  cpu: "reinstall onnxruntime-node for this platform (npm ci)",
  webgpu: "WebGPU needs a GPU with Vulkan, Metal or Direct3D 12 drivers; without one, use --device cpu",
  cuda: "CUDA needs Linux x64, an NVIDIA driver, CUDA 12 or 13 with cuDNN 9, and onnxruntime-node's CUDA libraries: ONNXRUNTIME_NODE_INSTALL=cuda12 npm rebuild onnxruntime-node --ignore-scripts=false",
};

/** Looks at this machine; `assets` is where the micro base models lie. */
export async function doctor(assets: string): Promise<DoctorReport> {
  const reports: DeviceReport[] = [];
  for (const device of devices) reports.push(await examine(device));
  const models = existsSync(assets) ? readdirSync(assets, { withFileTypes: true }).filter((entry) => entry.isDirectory()).map(({ name }) => name).sort() : [];
  const advice = [
    ...(models.length === 0 ? [`${assets}: no base models; make them with npm run pretrain -- all`] : []),
    ...reports.filter(({ ok }) => !ok).map(({ device }) => `${device}: ${remedies[device]}`),
  ];
  return { machine: presentMachine(), freeMemoryBytes: freemem(), versions: presentVersions(), providers: listProviders(), devices: reports, models, advice };
}
