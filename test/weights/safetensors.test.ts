import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { openSafetensors, readTensor, readTensorAsFloat32 } from "../../src/weights/safetensors.ts";
import { writeSafetensors, type TensorToWrite } from "../../src/weights/safetensorsWriter.ts";

const folder = mkdtempSync(join(tmpdir(), "safetensors-"));
afterAll(() => rmSync(folder, { recursive: true }));
const path = join(folder, "x.safetensors");

const sample = (): [string, TensorToWrite][] => [
  ["b", { dtype: "F32", shape: [2, 3], data: new Float32Array([1, -2, 3.5, NaN, Infinity, -0]) }],
  ["a.half", { dtype: "F16", shape: [3], data: new Float32Array([1, 65504, 2 ** -24]) }],
  ["brain", { dtype: "BF16", shape: [2], data: new Float32Array([1.00390625, 1.01171875]) }],
  ["long", { dtype: "I64", shape: [2], data: new BigInt64Array([-1n, 2n ** 62n]) }],
  ["7", { dtype: "I32", shape: [], data: new Int32Array([-5]) }],
  ["empty", { dtype: "F32", shape: [0, 4], data: new Float32Array(0) }],
  ["flag", { dtype: "BOOL", shape: [3], data: new Uint8Array([1, 0, 1]) }],
  ["__proto__", { dtype: "F64", shape: [1], data: new Float64Array([0.1]) }],
];

describe("writeSafetensors", () => {
  it("stores what readTensor gives back", () => {
    writeSafetensors(path, new Map(sample()), { format: "pt", alpha: "ü" });
    const file = openSafetensors(path);
    expect(file.metadata).toEqual({ alpha: "ü", format: "pt" });
    expect(new Set(file.tensors.keys())).toEqual(new Set(sample().map(([name]) => name)));
    for (const [name, { dtype, shape, data }] of sample()) {
      expect(file.tensors.get(name)).toMatchObject({ dtype, shape });
      if (dtype !== "F16" && dtype !== "BF16") expect(readTensor(file, name).data).toEqual(data);
    }
    expect(readTensorAsFloat32(file, "a.half")).toEqual(new Float32Array([1, 65504, 2 ** -24]));
    expect(readTensorAsFloat32(file, "brain")).toEqual(new Float32Array([1, 1.015625]));  // both ties, to even
    expect(readTensorAsFloat32(file, "__proto__")).toEqual(new Float32Array([0.1]));
  });

  it("gives equal bytes whatever the order, aligned to the element", () => {
    writeSafetensors(path, new Map(sample()));
    const first = readFileSync(path);
    writeSafetensors(path, new Map(sample().reverse()));
    expect(readFileSync(path).equals(first)).toBe(true);
    const file = openSafetensors(path);
    expect(file.headerBytes % 8).toBe(0);
    expect(file.tensors.get("long")!.offset % 8).toBe(0);
    expect(file.tensors.get("b")!.offset % 4).toBe(0);
  });

  it.each([
    [{ dtype: "F32", shape: [3], data: new Float32Array(2) }, /tensor w: shape \[3\] needs 3 elements, found 2/],
    [{ dtype: "F32", shape: [2], data: new Float64Array(2) }, /tensor w: F32 is written from Float32Array, found Float64Array/],
    [{ dtype: "F32", shape: [-1, -2], data: new Float32Array(2) }, /non-negative/],
  ] as [TensorToWrite, RegExp][])("refuses a tensor that contradicts itself and keeps the old file: %#", (tensor, message) => {
    writeFileSync(path, "old");
    expect(() => writeSafetensors(path, new Map([["w", tensor]]))).toThrow(message);
    expect(readFileSync(path, "utf8")).toBe("old");
    expect(readdirSync(folder)).toEqual(["x.safetensors"]);
  });
});

/** A file with this header text (or JSON) and `dataBytes` zero bytes after it. */
function handMade(header: unknown, dataBytes: number, claimed?: number): string {
  const text = Buffer.from(typeof header === "string" ? header : JSON.stringify(header));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(claimed ?? text.length));
  writeFileSync(path, Buffer.concat([length, text, Buffer.alloc(dataBytes)]));
  return path;
}
const entry = (dtype: unknown, shape: unknown, begin: unknown, end: unknown) => ({ dtype, shape, data_offsets: [begin, end] });

describe("openSafetensors", () => {
  it("accepts a header without padding, null-free metadata and tensors in any order", () => {
    const file = openSafetensors(handMade({ z: entry("F32", [1], 2, 6), y: entry("F16", [1], 0, 2), e: entry("U8", [0], 2, 2) }, 6));
    expect(file.tensors.get("z")).toEqual({ dtype: "F32", shape: [1], offset: file.headerBytes + 2, bytes: 4 });
    expect(readTensorAsFloat32(file, "z")).toEqual(new Float32Array([0]));
  });

  it.each([
    ["claims more than the limit", "{}", 0, 2 ** 23 + 1, /claims 8388609 bytes, more than/],
    ["claims more than the file", "{}", 0, 3, /claims 3 bytes, but the file has 10/],
    ["broken JSON", "{oops", 0, undefined, /not valid JSON/],
    ["an array", "[]", 0, undefined, /not a JSON object/],
    ["a name twice", '{"a\\"b":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"\\u0061\\u0022b":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}', 1, undefined, /the header names "a\\"b" twice/],
    ["broken metadata", { __metadata__: { a: 1 } }, 0, undefined, /__metadata__/],
    ["unknown dtype", { w: entry("F8", [1], 0, 1) }, 1, undefined, /tensor w: dtype "F8" is not known/],
    ["dtype of Object", { w: entry("toString", [1], 0, 1) }, 1, undefined, /tensor w: dtype/],
    ["negative shape", { w: entry("U8", [-1, -1], 0, 1) }, 1, undefined, /tensor w: shape \[-1,-1\]/],
    ["fractional shape", { w: entry("U8", [0.5, 2], 0, 1) }, 1, undefined, /tensor w: shape/],
    ["huge shape", { w: entry("U8", [2 ** 40, 2 ** 40], 0, 1) }, 1, undefined, /tensor w: data_offsets span 1 bytes/],
    ["wrong byte count", { w: entry("F32", [2], 0, 4) }, 4, undefined, /tensor w: data_offsets span 4 bytes, but F32 of shape \[2\] takes 8/],
    ["reversed range", { w: entry("U8", [1], 1, 0) }, 1, undefined, /tensor w: data_offsets/],
    ["beyond the end", { w: entry("U8", [2], 0, 2) }, 1, undefined, /tensor w: ends at byte .* cut short/],
    ["overlap", { v: entry("U8", [2], 0, 2), w: entry("U8", [2], 1, 3) }, 3, undefined, /tensor w: begins at byte \d+, inside v/],
    ["hole", { v: entry("U8", [1], 0, 1), w: entry("U8", [1], 2, 3) }, 3, undefined, /tensor w: .*hole after v/],
    ["trailing bytes", { v: entry("U8", [1], 0, 1) }, 3, undefined, /2 bytes follow the last tensor \(v\)/],
    ["entry of null", { v: null }, 0, undefined, /tensor v: .*not an object/],
    ["a name of several lines", { "v\nw: fine": entry("U8", [1], 0, 1) }, 1, undefined, /tensor "v\\nw: fine": a name of several lines/],
    ["a name that steers the terminal", { "\u001b[2Jv": entry("U8", [2], 0, 1) }, 1, undefined, /tensor \\x1b\[2Jv: data_offsets/],
    ["nested ten thousand deep", "[".repeat(10_000), 0, undefined, /not valid JSON/],
    ["a shape beyond 2^53", { w: entry("F32", [2 ** 60], 0, 4) }, 4, undefined, /tensor w: shape \[1152921504606847000\] is not/],
    ["offsets beyond 2^53", { w: entry("U8", [1], 2 ** 60, 2 ** 60 + 1) }, 1, undefined, /tensor w: data_offsets/],
    ["offsets as text", { w: entry("U8", [1], "0", "1") }, 1, undefined, /tensor w: data_offsets/],
    ["bytes that are no UTF-8", "\ud800", 0, undefined, /not valid JSON/],
  ])("refuses %s in one line naming the file", (_, header, dataBytes, claimed, message) => {
    handMade(header, dataBytes, claimed);
    expect(() => openSafetensors(path)).toThrow(message);
    expect(() => openSafetensors(path)).toThrow(path);
    expect(() => openSafetensors(path)).not.toThrow(/\n/);
  });

  it("takes what looks like a name doubled, within metadata and other names", () => {
    const file = openSafetensors(handMade({ __metadata__: { a: "a", b: '"b":{' }, "a\":": entry("U8", [1], 0, 1), a: entry("U8", [1], 1, 2), "b": entry("U8", [1], 2, 3) }, 3));
    expect([...file.tensors.keys()]).toEqual(['a":', "a", "b"]);
  });

  it("refuses a short file, a missing file and a folder", () => {
    writeFileSync(path, "1234");
    expect(() => openSafetensors(path)).toThrow(/4 bytes are too few/);
    expect(() => openSafetensors(join(folder, "none"))).toThrow(/none: no such file/);
    expect(() => openSafetensors(folder)).toThrow(/found a folder/);
  });

  it("names an unknown tensor", () => {
    expect(() => readTensor(openSafetensors(handMade({}, 0)), "w")).toThrow(/holds no tensor w/);
  });
});
