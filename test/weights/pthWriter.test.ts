import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { openPth, readPthTensor } from "../../src/weights/pth.ts";
import { writePth } from "../../src/weights/pthWriter.ts";
import { openSafetensors, readTensor } from "../../src/weights/safetensors.ts";

const folder = mkdtempSync(join(tmpdir(), "pth-writer-")), path = join(folder, "x.pth");
afterAll(() => rmSync(folder, { recursive: true }));

it.each(["float32", "bfloat16", "no_norm", "views", "parameters"])("what was read from %s is read back from what is written, bit by bit", (name) => {
  const file = openSafetensors(`test/oracle/pth-checkpoint/${name}.safetensors`), tensors = new Map([...file.tensors.keys()].map((tensor) => [tensor, readTensor(file, tensor)]));
  writePth(path, tensors, { optimizer: {}, scaler: null, epoch: 3 });
  const back = openPth(path);
  expect([...back.tensors.keys()]).toEqual([...tensors.keys()]);
  for (const [tensor, want] of tensors) expect({ tensor, ...readPthTensor(back, tensor) }).toEqual({ tensor, ...want });
  expect(back.scalars).toEqual(new Map([["epoch", 3]]));
});

it("plain values of every kind pass, equal content gives equal bytes, and storages are aligned to 64", () => {
  const tensors = new Map([["w", { dtype: "F32" as const, shape: [3], data: new Float32Array([1, 2, 3]) }], ["ü", { dtype: "BF16" as const, shape: [2, 1], data: new Float32Array([1, -0.5]) }]]);
  const beside = { a: 1, b: -2, c: 2 ** 40, d: 0.1, e: "text", f: true, g: false, h: -0, config: { list: [1, null, { deep: "x" }], empty: {} } };
  writePth(path, tensors, beside);
  const first = readFileSync(path), { scalars, tensors: read } = openPth(path);
  expect(Object.fromEntries(scalars)).toEqual({ a: 1, b: -2, c: 2 ** 40, d: 0.1, e: "text", f: true, g: false, h: -0 });
  expect([...read.values()].map(({ storage }) => storage.offset % 64)).toEqual([0, 0]);
  writePth(path, tensors, beside);
  expect(readFileSync(path).equals(first)).toBe(true);
});

it("refuses what PyTorch lacks or a shape that lies, and leaves the old file", () => {
  const before = readFileSync(path);
  expect(() => writePth(path, new Map([["w", { dtype: "U64" as const, shape: [1], data: new BigUint64Array(1) }]]))).toThrow(/tensor w: PyTorch has no storage of U64/);
  expect(() => writePth(path, new Map([["w", { dtype: "F32" as const, shape: [2], data: new Float32Array(1) }]]))).toThrow(/tensor w: shape \[2\] needs 2 elements, found 1/);
  expect(readFileSync(path).equals(before)).toBe(true);
  expect(readdirSync(folder)).toEqual(["x.pth"]);
});
