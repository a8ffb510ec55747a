import { sameShape, type Shape } from "../graph/dims.ts";
import { apply, describe, type Op, type Value } from "../graph/value.ts";
import { mulDims } from "../graph/dims.ts";
import { scalar } from "./leaves.ts";
import { broadcastTo } from "./shape.ts";

type None = Record<string, never>;

/** Rows of a table: table [N, ...], ids int32 of any shape -> [...ids, ...]. */
export const gatherOp: Op<None> = {
  name: "gather",
  infer: ([table, ids]) => {
    if (!table || ids?.dtype !== "int32" || table.shape.length === 0) throw new Error(`gather of ${table && describe(table)} by ${ids && describe(ids)}`);
    return { dtype: table.dtype, shape: [...ids.shape, ...table.shape.slice(1)] };
  },
  onnx: (emit, inputs) => emit.node("Gather", inputs, { axis: 0 }),
  vjp: (g, { inputs: [table, ids] }) => [scatterRows(g, ids!, table!.shape), undefined],
  samples: [{ inputs: [{ shape: [7, 3] }, { shape: [2, 5], fill: "ids", below: 7 }], attributes: {} }],
};

/** The transpose of gather: rows added into zeros of the given shape. */
export const scatterRowsOp: Op<{ readonly shape: Shape }> = {
  name: "scatterRows",
  infer: ([rows, ids], { shape }) => {
    if (rows?.dtype !== "float32" || ids?.dtype !== "int32" || !sameShape(rows.shape, [...ids.shape, ...shape.slice(1)])) throw new Error(`scatterRows of ${rows && describe(rows)} by ${ids && describe(ids)} into [${shape.join(", ")}]`);
    return { dtype: "float32", shape };
  },
  onnx: (emit, [rows, ids], { inputs }, { shape }) => {
    const count = mulDims(...inputs[1]!.shape), width = shape.slice(1);
    const flat = emit.node("Reshape", [rows!, emit.shapeTensor([count, ...width])]);
    const index = emit.node("Expand", [emit.node("Reshape", [ids!, emit.shapeTensor([count, ...width.map(() => 1)])]), emit.shapeTensor([count, ...width])]);
    const zeros = emit.node("Expand", [emit.scalar("float32", 0), emit.shapeTensor(shape)]);
    return emit.node("ScatterElements", [zeros, index, flat], { axis: 0, reduction: "add" });
  },
  vjp: (g, { inputs: [, ids] }) => [gather(g, ids!), undefined],
  samples: [{ inputs: [{ shape: [2, 5, 3] }, { shape: [2, 5], fill: "ids", below: 7 }], attributes: { shape: [7, 3] } }],
};

/** One element of each row: x [..., N], ids int32 [...] -> [...]. */
export const pickOp: Op<None> = {
  name: "pick",
  infer: ([x, ids]) => {
    if (!x || ids?.dtype !== "int32" || !sameShape(x.shape.slice(0, -1), ids.shape)) throw new Error(`pick of ${x && describe(x)} by ${ids && describe(ids)}`);
    return { dtype: x.dtype, shape: ids.shape };
  },
  onnx: (emit, [x, ids], { inputs }) => {
    const shape = inputs[1]!.shape;
    const index = emit.node("Reshape", [ids!, emit.shapeTensor([...shape, 1])]);
    return emit.node("Reshape", [emit.node("GatherElements", [x!, index], { axis: shape.length }), emit.shapeTensor(shape)]);
  },
  vjp: (g, { inputs: [x, ids] }) => [unpick(g, ids!, x!.shape), undefined],
  samples: [{ inputs: [{ shape: [2, 3, 5] }, { shape: [2, 3], fill: "ids", below: 5 }], attributes: {} }],
};

/** The transpose of pick: each element at its place in a row of zeros. */
export const unpickOp: Op<{ readonly shape: Shape }> = {
  name: "unpick",
  infer: ([x, ids], { shape }) => {
    if (x?.dtype !== "float32" || ids?.dtype !== "int32" || !sameShape(x.shape, ids.shape) || !sameShape(x.shape, shape.slice(0, -1))) throw new Error(`unpick of ${x && describe(x)} into [${shape.join(", ")}]`);
    return { dtype: "float32", shape };
  },
  onnx: (emit, [x, ids], { inputs }, { shape }) => {
    const column = emit.shapeTensor([...inputs[1]!.shape, 1]);
    const zeros = emit.node("Expand", [emit.scalar("float32", 0), emit.shapeTensor(shape)]);
    return emit.node("ScatterElements", [zeros, emit.node("Reshape", [ids!, column]), emit.node("Reshape", [x!, column])], { axis: shape.length - 1 });
  },
  vjp: (g, { inputs: [, ids] }) => [pick(g, ids!), undefined],
  samples: [{ inputs: [{ shape: [2, 3] }, { shape: [2, 3], fill: "ids", below: 5 }], attributes: { shape: [2, 3, 5] } }],
};

/** Rows of a table by index: table [N, ...], ids [...] -> [...ids, ...]. */
export const gather = (table: Value, ids: Value): Value => apply(gatherOp, [table, ids], {});

/** Rows [...ids, ...] added at their indices into zeros of `shape`. */
export const scatterRows = (rows: Value, ids: Value, shape: Shape): Value => apply(scatterRowsOp, [rows, ids], { shape });

/** The element at each row's index: x [..., N], ids [...] -> [...]. */
export const pick = (x: Value, ids: Value): Value => apply(pickOp, [x, ids], {});

/** Elements [...] placed at their indices in zeros of `shape` [..., N]. */
export const unpick = (x: Value, ids: Value, shape: Shape): Value => apply(unpickOp, [x, ids], { shape });

/** Zeros of a shape. */
export const zeros = (shape: Shape): Value => broadcastTo(scalar(0), shape);

