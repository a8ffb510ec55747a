/** The only place where engines and devices are chosen. */
import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { UserError } from "../files/userError.ts";
import type { Executor } from "../graph/executor.ts";
import { readRecord } from "./runs/record.ts";

export const engines = ["ort", "tfjs"] as const;
export const devices = ["cpu", "webgpu", "cuda"] as const;
export type Engine = (typeof engines)[number];
export type Device = (typeof devices)[number];

export interface ExecutorOptions {
  /** "ort" (ONNX Runtime, the default) or "tfjs" (TensorFlow.js). */
  readonly engine?: string | undefined;
  /** "cpu" (the default), "webgpu", "cuda" or "auto"; tfjs knows "wasm" too. */
  readonly device?: string | undefined;
  /** Threads within an op of ONNX Runtime; all cores by default. */
  readonly threads?: number | undefined;
}

const GET_CUDA = "its libraries are not in the npm package; with CUDA 12 and cuDNN 9 installed (Linux x64) run `ONNXRUNTIME_NODE_INSTALL=cuda12 npm rebuild onnxruntime-node --ignore-scripts=false`, which downloads them, or choose --device cpu";

/** The folder of onnxruntime-node's native libraries, where providers' libraries are looked for. */
export const nativeFolder = (): string => join(dirname(createRequire(import.meta.url).resolve("onnxruntime-node")), "../bin/napi-v6", process.platform, process.arch);

/** Whether the libraries that onnxruntime-node's own installer fetches for CUDA are there. */
export const cudaInstalled = (): boolean => ["libonnxruntime_providers_cuda.so", "onnxruntime_providers_cuda.dll"].some((name) => existsSync(join(nativeFolder(), name)));

/** Bytes of weights that a graph may hold at once: THINKDIFF_OFFLOAD, in GB; undefined where it is not set. */
export function offloadBytes(env: Readonly<Record<string, string | undefined>> = process.env): number | undefined {
  const text = env["THINKDIFF_OFFLOAD"], gigabytes = Number(text);
  if (!text) return undefined;
  if (!(gigabytes > 0 && gigabytes < Infinity)) throw new UserError(`THINKDIFF_OFFLOAD: expected the GB of weights to hold at once, such as 16, found ${JSON.stringify(text)}`, 2);
  return gigabytes * 1e9;
}

async function onnxRuntime(device: string, threads: number | undefined): Promise<Executor> {
  if (!(devices as readonly string[]).includes(device)) throw new UserError(`unknown device "${device}" for the ort engine; it is one of ${devices.join(", ")}`, 2);
  const { listProviders } = await import("../onnx/devices.ts"), { ortExecutor } = await import("../onnx/ortExecutor.ts");
  const offered = listProviders().map(({ name }) => name);
  if (!offered.includes(device)) throw new UserError(`this machine's onnxruntime-node has no ${device} (it has ${offered.join(", ")}); choose --device cpu`, 2);
  if (device === "cuda" && !cudaInstalled()) throw new UserError(`onnxruntime-node cannot use cuda yet: ${GET_CUDA}`, 2);
  const executor = ortExecutor({ device: device as Device, ...(threads === undefined ? {} : { threads }) }), most = offloadBytes();
  return most === undefined ? executor : (await import("../onnx/offload.ts")).offloaded(executor, most);
}

async function tensorflow(device: string): Promise<Executor> {
  if (device !== "cpu" && device !== "cuda" && device !== "wasm") throw new UserError(`unknown device "${device}" for the tfjs engine; it is one of cpu, wasm, cuda`, 2);
  const { loadTensorflow } = await import("../tfjs/backend.ts"), { tfjsExecutor } = await import("../tfjs/executor.ts");
  await loadTensorflow(device);
  return tfjsExecutor({ backend: device });
}

/** The device that "auto" stands for: the one that computes a product rightly and fastest, as measured in a moment; of TensorFlow.js, the CPU. Any other name stays what it is. */
export async function resolveDevice({ engine = "ort", device = "cpu", threads }: ExecutorOptions = {}): Promise<string> {
  if (device !== "auto") return device;
  if (engine !== "ort") return "cpu";
  const { examine } = await import("./devices.ts"), offered = (await import("../onnx/devices.ts")).listProviders().map(({ name }) => name);
  const rates: { readonly device: Device; readonly rate: number }[] = [];
  for (const candidate of devices) {
    if (!offered.includes(candidate) || (candidate === "cuda" && !cudaInstalled())) continue;
    const { ok, gflopsPerSecond: rate } = await examine(candidate, threads);
    if (ok) rates.push({ device: candidate, rate: rate! });
  }
  return rates.sort((a, b) => b.rate - a.rate)[0]?.device ?? "cpu";
}

/** The device of a run; for "auto" that of the run it goes on with, else the one found best. */
export const deviceFor = async ({ out, ...options }: ExecutorOptions & { readonly out: string }): Promise<string> => (options.device === "auto" ? readRecord(out)?.identity.device : undefined) ?? resolveDevice(options);

/** The executor for `--engine` and `--device`; a UserError (exit code 2) for an unknown name or for what this machine lacks, saying how to get it. */
export async function executorFor({ engine = "ort", device: asked = "cpu", threads }: ExecutorOptions = {}): Promise<Executor> {
  if (threads !== undefined && (!Number.isInteger(threads) || threads < 1)) throw new UserError(`threads must be a positive whole number, found ${threads}`, 2);
  const device = await resolveDevice({ engine, device: asked, threads });
  if (engine === "ort") return onnxRuntime(device, threads);
  if (engine === "tfjs") return tensorflow(device);
  throw new UserError(`unknown engine "${engine}"; it is one of ${engines.join(", ")}`, 2);
}
