import { expect, it } from "vitest";
import { nvidiaAdapters, remedy, vulkan } from "../../src/harness/devices.ts";
import { doctor } from "../../src/harness/doctor.ts";

it("finds that the CPU computes rightly, and says how to get what is missing", async () => {
  const { machine, devices, providers, models, advice, cuda, vulkan } = await doctor("no/such/folder");
  expect(machine.cores).toBeGreaterThan(0);
  expect(providers.map(({ name }) => name)).toContain("cpu");
  expect(devices.find(({ device }) => device === "cpu")).toMatchObject({ ok: true, error: expect.any(Number) as unknown, gflopsPerSecond: expect.any(Number) as unknown });
  expect(cuda).toHaveProperty(["ONNX Runtime's CUDA provider"]);
  expect(vulkan === null).toBe(process.platform !== "linux");
  expect(models).toEqual([]);
  expect(advice).toContain("no/such/folder: no base models; make them with npm run pretrain -- all");
  for (const { device, ok } of devices) expect(advice.some((line) => line.startsWith(`${device}: `))).toBe(!ok);
});

it("leaves out what nvidia-smi does not know", () => {
  expect(nvidiaAdapters("NVIDIA GB10, [N/A], 580.95.05\nNVIDIA H200, 143771, [N/A]\n")).toEqual([{ name: "NVIDIA GB10", driver: "580.95.05" }, { name: "NVIDIA H200", memoryBytes: 143771 * 2 ** 20 }]);
});

it("finds what Vulkan and CUDA lack, and says where it comes from", () => {
  expect(vulkan({ VK_DRIVER_FILES: "/nowhere/driver.json" })?.drivers ?? []).toEqual([]);
  expect(remedy("cuda", "/native", "1.2.3")).toMatch(/ONNXRUNTIME_NODE_INSTALL=cuda12 npm rebuild.*libonnxruntime_providers_cuda\.so.* of ONNX Runtime 1\.2\.3 .*into \/native/);
  expect(remedy("webgpu", "/native", "1.2.3")).toMatch(/^WebGPU needs /);
});
