/** What devices this machine has, what is missing for the others, and whether each computes rightly. */
import { spawnSync } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { floats, type Tensor } from "../graph/tensor.ts";
import { listProviders, type devices } from "../onnx/devices.ts";
import { ortExecutor } from "../onnx/ortExecutor.ts";
import { conv2d, input, matmul, mul, parameter, rmsNormalise, softmax } from "../ops/index.ts";
import { Random } from "../random/random.ts";
import { calibrate, shortProduct } from "./calibrate.ts";

export interface DeviceReport {
  readonly device: (typeof devices)[number];
  readonly ok: boolean;
  /** Largest difference from the same numbers in float64, where it ran. */
  readonly error?: number;
  /** Of a bare product of 512 x 512, where it computes rightly. */
  readonly gflopsPerSecond?: number;
  /** Why it cannot be used, in one line. */
  readonly reason?: string;
}

/** A graphics card as a tool of the system names it. */
export interface Adapter { readonly name: string; readonly memoryBytes?: number; readonly driver?: string }

const rows = 7, inner = 33, columns = 19, side = 5, channels = 3, tolerance = 1e-4;
const randomOf = (name: string, shape: readonly number[]): Tensor => floats(shape, Float32Array.from(new Random("devices", name).normals(shape.reduce((a, b) => a * b, 1))));
const range = (n: number): number[] => Array.from({ length: n }, (_, i) => i);
const sum = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0);

const a = randomOf("a", [rows, inner]), b = randomOf("b", [inner, columns]), picture = randomOf("picture", [1, channels, side, side]), kernel = randomOf("kernel", [2, channels, 3, 3]), scale = randomOf("scale", [columns]);

/** What the check computes, in float64: an attention's softmax of products, a norm of it, and a convolution. */
function expected(): Readonly<Record<"softmax" | "norm" | "convolution", readonly number[]>> {
  const logits = range(rows).map((i) => range(columns).map((j) => sum(range(inner).map((k) => a.data[i * inner + k]! * b.data[k * columns + j]!))));
  const normed = logits.flatMap((row) => row.map((x, j) => (x / Math.sqrt(sum(row.map((y) => y * y)) / columns + 1e-6)) * scale.data[j]!));
  const softmaxed = logits.flatMap((row) => {
    const top = Math.max(...row), exps = row.map((x) => Math.exp(x - top));
    return exps.map((x) => x / sum(exps));
  });
  const pixel = (c: number, y: number, x: number): number => (y < 0 || x < 0 || y >= side || x >= side ? 0 : picture.data[(c * side + y) * side + x]!);
  const convolution = range(2).flatMap((o) => range(side).flatMap((y) => range(side).map((x) =>
    sum(range(channels).flatMap((c) => range(3).flatMap((i) => range(3).map((j) => kernel.data[((o * channels + c) * 3 + i) * 3 + j]! * pixel(c, y + i - 1, x + j - 1))))))));
  return { softmax: softmaxed, norm: normed, convolution };
}

/** Runs a small graph on a device of ONNX Runtime and compares it with float64; measures it where it is right. */
export async function examine(device: DeviceReport["device"], threads?: number): Promise<DeviceReport> {
  try {
    const executor = ortExecutor({ device, ...(threads === undefined ? {} : { threads }) }), logits = matmul(input("a", ["R", inner]), parameter("b", [inner, columns]));
    const program = await executor.compile({ softmax: softmax(logits), norm: mul(rmsNormalise(logits, 1e-6), parameter("scale", [columns])), convolution: conv2d(input("picture", [1, channels, side, side]), parameter("kernel", [2, channels, 3, 3]), { padding: [1, 1, 1, 1] }) }, (name) => ({ b, scale, kernel })[name as "b"]);
    const found = await program.run({ a, picture });
    await program.release();
    const error = Math.max(...Object.entries(expected()).flatMap(([name, numbers]) => numbers.map((want, i) => Math.abs(want - found[name as "norm"].data[i]!))));
    if (!(error <= tolerance)) return { device, ok: false, error, reason: `its numbers are off by ${error}, more than ${tolerance}` };
    return { device, ok: true, error, gflopsPerSecond: (await calibrate(executor, shortProduct)) / 1e9 };
  } catch (error) {
    return { device, ok: false, reason: (error as Error).message.replace(/\s*\n[^]*/, "").replace(/^.* was false\. /, "") };
  }
}

/** A tool's output; "" where it is not there. */
const outputOf = (tool: string, ...args: readonly string[]): string => spawnSync(tool, args, { encoding: "utf8", timeout: 5000 }).stdout ?? "";

/** Cards of nvidia-smi's lines of name, MiB and driver; what it says to be [N/A] is left out. */
export const nvidiaAdapters = (lines: string): Adapter[] => lines.split("\n").map((line) => line.trim().split(", ")).filter((parts) => parts.length === 3)
  .map(([name, mebibytes, driver]) => ({ name: name!, ...(/^\d+$/.test(mebibytes!) ? { memoryBytes: Number(mebibytes) * 2 ** 20 } : {}), ...(driver!.startsWith("[") ? {} : { driver: driver! }) }));

/** The graphics cards that the system's tools name: NVIDIA's with their memory, others by their PCI description. */
export function adapters(): Adapter[] {
  const nvidia = nvidiaAdapters(outputOf("nvidia-smi", "--query-gpu=name,memory.total,driver_version", "--format=csv,noheader,nounits"));
  const others = outputOf("lspci").split("\n").filter((line) => /VGA compatible|3D controller|Display controller/.test(line)).map((line) => ({ name: line.replace(/^\S+ /, "") })).filter(({ name }) => nvidia.length === 0 || !/NVIDIA/i.test(name));
  return [...nvidia, ...others];
}

/** Libraries that the system's loader finds, by the beginnings of their names. */
function libraries(...names: readonly string[]): Readonly<Record<string, boolean>> {
  const cached = outputOf("ldconfig", "-p") || outputOf("/sbin/ldconfig", "-p"), folders = (process.env["LD_LIBRARY_PATH"] ?? "").split(":").filter((folder) => folder !== "" && existsSync(folder));
  return Object.fromEntries(names.map((name) => [name, cached.includes(`\t${name}`) || folders.some((folder) => readdirSync(folder).some((file) => file.startsWith(name)))]));
}

/** What Vulkan, under WebGPU, finds on Linux: its loader, and drivers by their description files. */
export interface Vulkan { readonly loader: boolean; readonly drivers: readonly string[] }

/** Undefined on systems that have no use for it. */
export function vulkan(env: Readonly<Record<string, string | undefined>> = process.env): Vulkan | undefined {
  if (process.platform !== "linux") return undefined;
  const named = [env["VK_DRIVER_FILES"] ?? env["VK_ICD_FILENAMES"] ?? ""].flatMap((list) => list.split(":")).filter((file) => file !== "");
  const placed = ["/usr/share/vulkan/icd.d", "/etc/vulkan/icd.d", "/usr/local/share/vulkan/icd.d"].filter((folder) => existsSync(folder)).flatMap((folder) => readdirSync(folder).filter((file) => file.endsWith(".json")).map((file) => join(folder, file)));
  return { loader: libraries("libvulkan.so.1")["libvulkan.so.1"]!, drivers: (named.length > 0 ? named : placed).filter((file) => existsSync(file)) };
}

const cudaLibraries = ["libcudart.so", "libcublas.so", "libcudnn.so.9", "libcuda.so.1"];

/** What CUDA finds: the driver's, CUDA's and cuDNN's libraries. */
export const cuda = (): Readonly<Record<string, boolean>> => (process.platform === "linux" ? libraries(...cudaLibraries) : {});

const software = "/usr/lib/chromium/vk_swiftshader_icd.json";

/** How to get a device that cannot be used; `native` is where onnxruntime-node looks for libraries, `version` its own. */
export function remedy(device: DeviceReport["device"], native: string, version: string): string {
  if (device === "cpu") return "reinstall onnxruntime-node for this platform (npm ci)";
  if (device === "cuda") {
    const missing = Object.entries(cuda()).filter(([, found]) => !found).map(([name]) => name);
    return `CUDA needs Linux x64 or Windows, an NVIDIA driver, CUDA 12 or 13 with cuDNN 9${missing.length > 0 ? ` (not found: ${missing.join(", ")})` : ""}, and ONNX Runtime's CUDA libraries: ONNXRUNTIME_NODE_INSTALL=cuda12 npm rebuild onnxruntime-node --ignore-scripts=false runs its own installer; or put libonnxruntime_providers_cuda.so and libonnxruntime_providers_shared.so of ONNX Runtime ${version} (its GPU archive, or the wheel onnxruntime-gpu) into ${native}`;
  }
  const found = vulkan();
  if (found === undefined || !listProviders().some(({ name }) => name === "webgpu")) return "WebGPU needs a GPU with Vulkan, Metal or Direct3D 12 drivers; without one, use --device cpu";
  const needs = [...(found.loader ? [] : ["the Vulkan loader libvulkan.so.1 (Debian: libvulkan1)"]), ...(found.drivers.length > 0 ? [] : ["a Vulkan driver of the GPU (Debian: mesa-vulkan-drivers, or NVIDIA's own)"])];
  return `WebGPU needs ${needs.length > 0 ? needs.join(" and ") : "a GPU that its Vulkan drivers serve"}; without a GPU use --device cpu, or, to test, SwiftShader of Debian's chromium package: VK_DRIVER_FILES=${software} VK_ICD_FILENAMES=${software} LD_LIBRARY_PATH=/usr/lib/chromium`;
}
