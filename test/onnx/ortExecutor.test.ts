import { existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test, vi } from "vitest";
import type { FileTensor } from "../../src/graph/executor.ts";
import { floats, ints } from "../../src/graph/tensor.ts";
import { placeWeights } from "../../src/onnx/externalData.ts";
import { ortExecutor } from "../../src/onnx/ortExecutor.ts";
import { add, concat, input, matmul, parameter, reshape, sum } from "../../src/ops/index.ts";
import { openCheckpoint } from "../../src/weights/checkpoint.ts";
import { float32ToBfloat16 } from "../../src/weights/bfloat16.ts";
import { float32ToFloat16 } from "../../src/weights/float16.ts";
import { writeSafetensors, type TensorToWrite } from "../../src/weights/safetensors.ts";

const folder = mkdtempSync(join(tmpdir(), "ort-executor-")), executor = ortExecutor({ threads: 1, folder: join(folder, "sessions") });
afterAll(() => rmSync(folder, { recursive: true }));

// Exact in every type.
const numbers = Float32Array.of(1, -2, 0.5, 3, 0.25, -8), file = join(folder, "model.safetensors");
const stored: [string, TensorToWrite][] = [
  ["F32", { dtype: "F32", shape: [3, 2], data: numbers }],
  ["F16", { dtype: "F16", shape: [3, 2], data: float32ToFloat16(numbers) }],
  ["BF16", { dtype: "BF16", shape: [3, 2], data: float32ToBfloat16(numbers) }],
];
writeSafetensors(file, new Map([["first", { dtype: "F32", shape: [1], data: Float32Array.of(7) }], ...stored]));
const { tensors } = openCheckpoint(file);
const x = floats([2, 3], [1, 2, 3, 4, 5, 6]), product = [1 - 0 + 1 + 0.75, -2 + 6 - 24, 4 + 2.5 + 1.5, -8 + 15 - 48];

test.each(["abc", "0", "1.5", "-1"])("refuses THINKDIFF_THREADS=%s as wrong usage", (text) => {
  vi.stubEnv("THINKDIFF_THREADS", text);
  try {
    expect(() => ortExecutor()).toThrow(expect.objectContaining({ exitCode: 2, message: `THINKDIFF_THREADS: expected a whole number from 1 to 9999, found "${text}"` }));
    expect(ortExecutor({ threads: 1 }).name).toBe("ort-cpu");
  } finally {
    vi.unstubAllEnvs();
  }
});

test.each(["F32", "F16", "BF16"])("%s weights are used where they lie in the file", async (name) => {
  const program = await executor.compile({ y: matmul(input("x", ["B", 3]), parameter(name, [3, 2])) }, (n) => tensors.get(n));
  expect([...(await program.run({ x })).y.data]).toEqual(product);
  await program.release();
  expect(readdirSync(join(folder, "sessions"))).toEqual([]);
});

describe("where no hard link can be made", () => {
  const refuse = () => Promise.reject(Object.assign(new Error("cross-device link"), { code: "EXDEV" }));

  test("the file's bytes are passed on", async () => {
    const [held] = await placeWeights(new Map([[file, "weights0.safetensors"]]), folder, refuse);
    expect(held!.path).toBe("weights0.safetensors");
    expect(held!.data.length).toBeGreaterThan(100);
  });

  test.skipIf(!existsSync("/dev/shm"))("the same products come from another disk", async () => {
    const other = mkdtempSync("/dev/shm/ort-executor-");
    try {
      const y = concat(stored.map(([name]) => matmul(input("x", ["B", 3]), parameter(name, [3, 2]))), 0);
      const program = await ortExecutor({ threads: 1, folder: other }).compile({ y }, (n) => tensors.get(n));
      expect([...(await program.run({ x })).y.data]).toEqual([...product, ...product, ...product]);
      await program.release();
    } finally {
      rmSync(other, { recursive: true });
    }
  });

  test("a missing file is named", async () => {
    const gone: FileTensor = { file: join(folder, "gone.safetensors"), dtype: "F32", shape: [2], offset: 0, bytes: 8 };
    await expect(executor.compile({ y: parameter("w", [2]) }, () => gone)).rejects.toThrow("gone.safetensors: cannot be opened (ENOENT)");
  });
});

test("one program serves every size of its named dimensions", async () => {
  const [a, b] = [input("a", ["B", "T"]), input("b", ["B", "S"])], y = reshape(concat([a, b], 1), ["B*T+B*S"]);
  const program = await executor.compile({ y: add(y, 1), total: sum(y) });
  for (const [B, T, S] of [[1, 2, 3], [4, 1, 5]] as const) {
    const feeds = { a: floats([B, T], new Float32Array(B * T).fill(1)), b: floats([B, S], new Float32Array(B * S).fill(2)) };
    const { y: got, total } = await program.run(feeds);
    expect(got.shape).toEqual([B * (T + S)]);
    expect(total.data[0]).toBe(B * T + 2 * B * S);
  }
  await program.release();
});

describe("refuses", () => {
  const y = matmul(input("x", ["B", 3]), parameter("w", [3, 2])), w = floats([3, 2], numbers);

  test.each([
    ["a missing input", { x }, 'input "w" was not given; the graph takes x, w'],
    ["an input of another type", { x: ints([1, 3], [1, 2, 3]), w }, 'input "x" is float32, found int32'],
    ["an input of another shape", { x: floats([3, 2], numbers), w }, 'input "x" is [B, 3] where B = 3, found [3, 2]'],
  ])("%s", async (_, feeds, message) => {
    const program = await executor.compile({ y });
    await expect(program.run(feeds)).rejects.toThrow(message);
    await program.release();
  });

  test("a missing weight", async () => {
    await expect(executor.compile({ y }, () => undefined)).rejects.toThrow('no weight "w" ([3, 2]) was given');
  });
});
