/** What this machine has: Node, processor, memory, libraries, devices, and whether each device computes rightly. */
import { existsSync, readdirSync } from "node:fs";
import { freemem } from "node:os";
import { devices, listProviders } from "../onnx/devices.ts";
import { adapters, cuda, examine, remedy, vulkan, type Adapter, type DeviceReport, type Vulkan } from "./devices.ts";
import { cudaInstalled, nativeFolder } from "./executor.ts";
import { presentMachine, presentVersions, type Machine } from "./runs/machine.ts";

export interface DoctorReport {
  readonly machine: Machine;
  readonly freeMemoryBytes: number;
  readonly versions: Readonly<Record<string, string>>;
  readonly providers: ReturnType<typeof listProviders>;
  readonly devices: readonly DeviceReport[];
  /** Graphics cards. */
  readonly adapters: readonly Adapter[];
  /** Null on systems that have no use for it. */
  readonly vulkan: Vulkan | null;
  /** CUDA's libraries by name, and ONNX Runtime's own for it. */
  readonly cuda: Readonly<Record<string, boolean>>;
  /** Base models under assets/micro. */
  readonly models: readonly string[];
  /** What is missing and how to get it. */
  readonly advice: readonly string[];
}

/** Looks at this machine; `assets` is where the micro base models lie. */
export async function doctor(assets: string): Promise<DoctorReport> {
  const reports: DeviceReport[] = [];
  for (const device of devices) {
    // Asked for without them, CUDA fills the terminal with its own complaints.
    const lacking = device === "cuda" && !cudaInstalled();
    reports.push(lacking ? { device, ok: false, reason: "ONNX Runtime's CUDA libraries are not here" } : await examine(device));
  }
  const versions = presentVersions();
  const models = existsSync(assets) ? readdirSync(assets, { withFileTypes: true }).filter((entry) => entry.isDirectory()).map(({ name }) => name).sort() : [];
  const advice = [
    ...(models.length === 0 ? [`${assets}: no base models; make them with npm run pretrain -- all`] : []),
    ...reports.filter(({ ok }) => !ok).map(({ device }) => `${device}: ${remedy(device, nativeFolder(), versions["onnxruntime-node"] ?? "the same version")}`),
  ];
  return { machine: presentMachine(), freeMemoryBytes: freemem(), versions, providers: listProviders(), devices: reports, adapters: adapters(), vulkan: vulkan() ?? null, cuda: { ...cuda(), "ONNX Runtime's CUDA provider": cudaInstalled() }, models, advice };
}
