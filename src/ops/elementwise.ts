import { broadcastShapes, sameShape } from "../graph/dims.ts";
import type { DType } from "../graph/tensor.ts";
import { apply, describe, type Op, type SampleCase, type SampleInput, type Value } from "../graph/value.ts";
import { scalar } from "./leaves.ts";
import { broadcastToOp } from "./shape.ts";

/** A value, or a number that becomes a scalar constant of the other operand's type. */
export type Operand = Value | number;

const asValue = (x: Operand, dtype: DType): Value => (typeof x === "number" ? scalar(x, dtype) : x);
const none = {} as Record<string, never>;
type None = typeof none;

function float(value: Value | undefined, op: string): Value {
  if (value?.dtype !== "float32") throw new Error(`${op} takes float32, found ${value ? describe(value) : "nothing"}`);
  return value;
}

const normal: SampleInput = { shape: [3, 5] };

/** A float32 function of each element. `slope` is its derivative given input and result. */
function unary(name: string, onnx: string, slope: "none" | ((x: Value, y: Value) => Value), ...fills: SampleInput["fill"][]): Op<None> {
  return {
    name,
    infer: ([x]) => ({ dtype: "float32", shape: float(x, name).shape }),
    onnx: (emit, [x]) => emit.node(onnx, [x!]),
    vjp: slope === "none" ? "none" : (g, value) => [mul(g, slope(value.inputs[0]!, value))],
    samples: fills.map((fill) => ({ inputs: [{ ...normal, fill }], attributes: none })),
  };
}

export const negOp = unary("neg", "Neg", () => scalar(-1), "normal");
export const expOp = unary("exp", "Exp", (_, y) => y, "normal");
export const logOp = unary("log", "Log", (x) => reciprocal(x), "positive");
export const sqrtOp = unary("sqrt", "Sqrt", (_, y) => div(0.5, y), "positive");
export const reciprocalOp = unary("reciprocal", "Reciprocal", (_, y) => neg(mul(y, y)), "positive");
export const tanhOp = unary("tanh", "Tanh", (_, y) => sub(1, mul(y, y)), "normal", "large");
export const sigmoidOp = unary("sigmoid", "Sigmoid", (_, y) => mul(y, sub(1, y)), "normal", "large");
export const erfOp = unary("erf", "Erf", (x) => mul(2 / Math.sqrt(Math.PI), exp(neg(mul(x, x)))), "normal");
export const sinOp = unary("sin", "Sin", (x) => cos(x), "normal");
export const cosOp = unary("cos", "Cos", (x) => neg(sin(x)), "normal");
export const floorOp = unary("floor", "Floor", "none", "normal");
export const absOp = unary("abs", "Abs", (x) => sub(mul(2, cast(greater(x, 0), "float32")), 1), "normal");

export const neg = (x: Value): Value => apply(negOp, [x], none);
export const exp = (x: Value): Value => apply(expOp, [x], none);
export const log = (x: Value): Value => apply(logOp, [x], none);
export const sqrt = (x: Value): Value => apply(sqrtOp, [x], none);
export const reciprocal = (x: Value): Value => apply(reciprocalOp, [x], none);
export const tanh = (x: Value): Value => apply(tanhOp, [x], none);
export const sigmoid = (x: Value): Value => apply(sigmoidOp, [x], none);
export const erf = (x: Value): Value => apply(erfOp, [x], none);
export const sin = (x: Value): Value => apply(sinOp, [x], none);
export const cos = (x: Value): Value => apply(cosOp, [x], none);
export const floor = (x: Value): Value => apply(floorOp, [x], none);
export const abs = (x: Value): Value => apply(absOp, [x], none);

const broadcasts = (fill?: SampleInput["fill"]): SampleCase<None>[] => [
  { name: "same shape", inputs: [{ shape: [3, 5], fill }, { shape: [3, 5], fill }], attributes: none },
  { name: "row", inputs: [{ shape: [2, 3, 5], fill }, { shape: [5], fill }], attributes: none },
  { name: "both ways", inputs: [{ shape: [2, 1, 5], fill }, { shape: [3, 1], fill }], attributes: none },
  { name: "scalar", inputs: [{ shape: [], fill }, { shape: [7], fill }], attributes: none },
];

/** A float32 or int32 function of two broadcast operands. `slopes` are the cotangents before un-broadcasting. */
function binary(name: string, onnx: string, slopes: (g: Value, a: Value, b: Value, y: Value) => [Value, Value], ...fills: SampleInput["fill"][]): Op<None> {
  return {
    name,
    infer: ([a, b]) => {
      if (!a || !b || a.dtype !== b.dtype || a.dtype === "bool") throw new Error(`${name} takes two numeric values of one type, found ${a ? describe(a) : "nothing"} and ${b ? describe(b) : "nothing"}`);
      return { dtype: a.dtype, shape: broadcastShapes(a.shape, b.shape) };
    },
    onnx: (emit, inputs) => emit.node(onnx, inputs),
    vjp: (g, value) => slopes(g, value.inputs[0]!, value.inputs[1]!, value),
    samples: fills.flatMap(broadcasts),
  };
}

export const addOp = binary("add", "Add", (g) => [g, g], "normal");
export const subOp = binary("sub", "Sub", (g) => [g, neg(g)], "normal");
export const mulOp = binary("mul", "Mul", (g, a, b) => [mul(g, b), mul(g, a)], "normal");
export const divOp = binary("div", "Div", (g, _, b, y) => [div(g, b), neg(div(mul(g, y), b))], "positive");
/** At a tie the gradient goes to the second operand (maximum, minimum). */
export const maximumOp = binary("maximum", "Max", (g, a, b) => { const first = cast(greater(a, b), "float32"); return [mul(g, first), mul(g, sub(1, first))]; }, "normal");
export const minimumOp = binary("minimum", "Min", (g, a, b) => { const first = cast(less(a, b), "float32"); return [mul(g, first), mul(g, sub(1, first))]; }, "normal");

/** What a value was broadcast from, where the other operand broadcasts it as far: the wide copy is then never made. */
function narrow(x: Value, other: Value): Value {
  if (x.op.name !== broadcastToOp.name) return x;
  const from = x.inputs[0]!;
  return sameShape(broadcastShapes(from.shape, other.shape), broadcastShapes(x.shape, other.shape)) ? from : x;
}

function numeric(op: Op<None>): (a: Operand, b: Operand) => Value {
  return (a, b) => {
    const dtype = typeof a !== "number" ? a.dtype : typeof b !== "number" ? b.dtype : "float32", right = asValue(b, dtype), left = narrow(asValue(a, dtype), right);
    return apply(op, [left, narrow(right, left)], none);
  };
}

export const add = numeric(addOp);
export const sub = numeric(subOp);
export const mul = numeric(mulOp);
export const div = numeric(divOp);
export const maximum = numeric(maximumOp);
export const minimum = numeric(minimumOp);

function comparison(name: string, onnx: string): Op<None> {
  return {
    ...binary(name, onnx, (g) => [g, g], "ties"),
    infer: (inputs) => ({ dtype: "bool", shape: addOp.infer(inputs, none).shape }),
    vjp: "none",
  };
}

export const equalOp = comparison("equal", "Equal");
export const lessOp = comparison("less", "Less");
export const greaterOp = comparison("greater", "Greater");
export const equal = numeric(equalOp);
export const less = numeric(lessOp);
export const greater = numeric(greaterOp);

function logical(name: string, onnx: string): Op<None> {
  return {
    name,
    infer: (inputs) => {
      if (inputs.some((x) => x.dtype !== "bool")) throw new Error(`${name} takes bool, found ${inputs.map(describe).join(" and ")}`);
      return { dtype: "bool", shape: inputs.map((x) => x.shape).reduce(broadcastShapes) };
    },
    onnx: (emit, inputs) => emit.node(onnx, inputs),
    vjp: "none",
    samples: [{ inputs: (name === "not" ? [[2, 3]] : [[2, 3], [3]]).map((shape) => ({ shape, fill: "bool" })), attributes: none }],
  };
}

export const andOp = logical("and", "And");
export const orOp = logical("or", "Or");
export const notOp = logical("not", "Not");
export const and = (a: Value, b: Value): Value => apply(andOp, [a, b], none);
export const or = (a: Value, b: Value): Value => apply(orOp, [a, b], none);
export const not = (a: Value): Value => apply(notOp, [a], none);

export const whereOp: Op<None> = {
  name: "where",
  infer: ([condition, a, b]) => {
    if (condition?.dtype !== "bool" || !a || !b || a.dtype !== b.dtype) throw new Error(`where takes bool and two values of one type`);
    return { dtype: a.dtype, shape: broadcastShapes(condition.shape, broadcastShapes(a.shape, b.shape)) };
  },
  onnx: (emit, inputs) => emit.node("Where", inputs),
  vjp: (g, { inputs: [condition] }) => [undefined, where(condition!, g, 0), where(condition!, 0, g)],
  samples: [
    { inputs: [{ shape: [3, 5], fill: "bool" }, normal, normal], attributes: none },
    { name: "broadcast", inputs: [{ shape: [3, 1], fill: "bool" }, { shape: [5] }, { shape: [2, 1, 1] }], attributes: none },
  ],
};

/** a where the condition holds, else b; all three broadcast. */
export function where(condition: Value, a: Operand, b: Operand): Value {
  const dtype = typeof a !== "number" ? a.dtype : typeof b !== "number" ? b.dtype : "float32";
  return apply(whereOp, [condition, asValue(a, dtype), asValue(b, dtype)], none);
}

const onnxTypes: Record<DType, number> = { float32: 1, int32: 6, bool: 9 };

export const castOp: Op<{ readonly to: DType }> = {
  name: "cast",
  infer: ([x], { to }) => ({ dtype: to, shape: x!.shape }),
  onnx: (emit, [x], _value, attributes) => emit.node("Cast", [x!], { to: onnxTypes[attributes.to] }),
  vjp: (g, { inputs: [x] }) => [x!.dtype === "float32" && g.dtype === "float32" ? g : undefined],
  samples: [{ inputs: [normal], attributes: { to: "float32" } }],
};

/** The value in another element type. */
export const cast = (x: Value, to: DType): Value => (x.dtype === to ? x : apply(castOp, [x], { to }));
