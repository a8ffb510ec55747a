import { expect, test } from "vitest";
import { floats } from "../../src/graph/tensor.ts";
import type { FileTensor } from "../../src/graph/executor.ts";
import { emit } from "../../src/onnx/emit.ts";
import { add, gather, input, iota, matmul, mul, parameter, reshape, scalar, slice } from "../../src/ops/index.ts";

const x = input("x", ["B", "T", 4]), w = parameter("w", [4, 2]);
const inFile = (dtype: string, bytes: number): FileTensor => ({ file: "/models/a.safetensors", dtype, shape: [4, 2], offset: 64, bytes });
const emitWith = (source: Parameters<typeof emit>[1]) => emit({ y: matmul(x, w) }, source, (file) => `place of ${file}`);

test("a weight in a file becomes external data at its place; halves are widened", () => {
  const plain = emitWith(() => inFile("F32", 32));
  expect(plain.initializers).toEqual([{ name: "%0", type: 1, shape: [4, 2], data: { location: "place of /models/a.safetensors", offset: 64, length: 32 } }]);
  expect(plain.nodes.map((n) => n.type)).toEqual(["MatMul", "Identity"]);
  for (const [dtype, type] of [["F16", 10], ["BF16", 16]] as const) {
    const model = emitWith(() => inFile(dtype, 16));
    expect(model.initializers[0]!.type).toBe(type);
    expect(model.nodes.map((n) => n.type)).toEqual(["Cast", "MatMul", "Identity"]);
  }
});

test("a large 16-bit weight is widened, and any large weight sliced, by each of its users apart, before all else; of a table only the rows asked for are widened", () => {
  const table = parameter("table", [1024, 1024]), ids = input("ids", ["B"], "int32"), large: FileTensor = { file: "/a", dtype: "BF16", shape: [1024, 1024], offset: 0, bytes: 2 << 20 };
  const once = gather(table, ids), model = emit({ y: matmul(matmul(once, table), table, { transposeB: true }), table }, () => large, () => "weights"), casts = model.nodes.filter(({ type }) => type === "Cast");
  expect(model.initializers).toHaveLength(1);
  expect(model.nodes.map(({ type }) => type)).toEqual(["Cast", "Cast", "Cast", "Gather", "Cast", "MatMul", "FusedMatMul", "Identity", "Identity"]);
  expect(casts.map(({ inputs }) => inputs[0])).toEqual([...Array<string>(3).fill(model.initializers[0]!.name), model.nodes[3]!.output]);
  expect(model.apart).toBe(true);
  const half = emit({ y: matmul(once, slice(table, 1, 0, 512)) }, () => large, () => "weights");
  expect(half.nodes.map(({ type }) => type)).toEqual(["Slice", "Cast", "Gather", "Cast", "MatMul", "Identity"]);
  const part = slice(table, 1, 0, 512), wide: FileTensor = { ...large, dtype: "F32", bytes: 4 << 20 }, parts = emit({ y: matmul(matmul(once, part), part, { transposeB: true }) }, () => wide, () => "weights");
  expect([parts.apart, parts.nodes.map(({ type }) => type)]).toEqual([true, ["Slice", "Slice", "Gather", "MatMul", "FusedMatMul", "Identity"]]);
  expect(emit({ y: matmul(once, table) }, () => wide, () => "weights").apart).toBe(false);
  const kept = emit({ y: matmul(matmul(once, table), table) }, () => large, () => "weights", Infinity);
  expect([kept.apart, kept.nodes.map(({ type }) => type)]).toEqual([false, ["Cast", "Gather", "MatMul", "MatMul", "Identity"]]);
});

test("fed weights are inputs, and a weight that two values name is one initializer", () => {
  expect(emitWith(() => "fed").inputs.map((p) => p.name)).toEqual(["x", "w"]);
  const twice = emit({ y: mul(parameter("v", [4]), parameter("v", [4])) }, () => floats([4], [1, 2, 3, 4]), (f) => f);
  expect(twice.initializers.length).toBe(1);
});

test.each<[string, Parameters<typeof emit>[1], string]>([
  ["missing weights", () => undefined, 'no weight "w" ([4, 2]) was given'],
  ["another shape", () => floats([2, 4], [1, 2, 3, 4, 5, 6, 7, 8]), 'weight "w": the model declares [4, 2], the checkpoint has [2, 4]'],
  ["another rank", () => floats([8], [1, 2, 3, 4, 5, 6, 7, 8]), "the checkpoint has [8]"],
  ["a type of no use in place", () => inFile("F64", 64), 'weight "w": element type F64 cannot be used in place; F32, F16 and BF16 can'],
])("refuses %s by name", (_, weights, message) => expect(() => emitWith(weights)).toThrow(message));

test("named dimensions are read once, off an input that has them", () => {
  const model = emit({ y: reshape(x, ["T", "B", 2, 2]), n: iota("B") }, () => undefined, (f) => f), types = model.nodes.map((n) => n.type);
  expect(types.filter((t) => t === "Shape").length).toBe(1);
  expect(types.filter((t) => t === "Gather").length).toBe(2);
  expect(model.outputs.map((p) => p.shape)).toEqual([["T", "B", 2, 2], ["B"]]);
  expect(() => emit({ n: iota("Z") }, () => undefined, (f) => f)).toThrow('dimension "Z" is on no input of the graph');
});

test("an input may be called anything but what an output is called", () => {
  expect(() => emit({ x }, () => undefined, (f) => f)).toThrow('input "x": a name may not begin with % or be an output\'s too');
  const model = emit({ y: add(mul(input("c1", []), 2), input("v0", [])) }, () => undefined, (f) => f);
  const names = [...model.inputs, ...model.initializers, ...model.outputs].map((p) => p.name).concat(model.nodes.slice(0, -1).map((n) => n.output));
  expect(new Set(names).size).toBe(names.length);
});

test("small constants of equal content are one initializer", () => {
  const model = emit({ y: add(mul(x, 2), mul(x, scalar(2))) }, () => undefined, (f) => f);
  expect(model.initializers.length).toBe(1);
});
