import { expect, test, vi } from "vitest";
import { floats } from "../../src/graph/tensor.ts";
import { devices, executorFor, resolveDevice } from "../../src/harness/executor.ts";
import { add, input } from "../../src/ops/index.ts";

test.each([["ort", "ort-cpu"], ["tfjs", "tfjs-cpu"]])("%s computes on the processor", async (engine, name) => {
  const executor = await executorFor({ engine, device: "cpu", threads: 1 }), program = await executor.compile({ y: add(input("x", ["N"]), 1) });
  expect(executor.name).toBe(name);
  expect([...(await program.run({ x: floats([2], [1, 2]) })).y.data]).toEqual([2, 3]);
  await program.release();
});

test("auto takes a device that computes rightly, the CPU where there is no other", async () => {
  vi.stubEnv("VK_DRIVER_FILES", "/nowhere");
  vi.stubEnv("VK_ICD_FILENAMES", "/nowhere");
  expect(devices).toContain(await resolveDevice({ device: "auto", threads: 1 }));
  expect([await resolveDevice({ device: "auto", engine: "tfjs" }), await resolveDevice({ device: "cuda" })]).toEqual(["cpu", "cuda"]);
  vi.unstubAllEnvs();
});

test("holds a part of the weights where THINKDIFF_OFFLOAD says how much", async () => {
  vi.stubEnv("THINKDIFF_OFFLOAD", "0.5");
  expect((await executorFor({ threads: 1 })).name).toBe("ort-cpu, 0.5 GB of weights at a time");
  vi.stubEnv("THINKDIFF_OFFLOAD", "much");
  await expect(executorFor({ threads: 1 })).rejects.toMatchObject({ exitCode: 2, message: expect.stringContaining("THINKDIFF_OFFLOAD: expected the GB of weights") as unknown });
  vi.unstubAllEnvs();
});

test.each([
  [{ engine: "torch" }, 'unknown engine "torch"; it is one of ort, tfjs'],
  [{ device: "tpu" }, 'unknown device "tpu" for the ort engine; it is one of cpu, webgpu, cuda'],
  [{ engine: "tfjs", device: "webgpu" }, 'unknown device "webgpu" for the tfjs engine'],
  [{ engine: "tfjs", device: "wasm" }, "npm install @tensorflow/tfjs-backend-wasm, or choose --device cpu"],
  [{ threads: 0 }, "threads must be a positive whole number, found 0"],
])("refuses %o as wrong usage", async (options, message) => {
  await expect(executorFor(options)).rejects.toMatchObject({ exitCode: 2, message: expect.stringContaining(message) as unknown });
});
