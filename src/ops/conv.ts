import type { Dim } from "../graph/dims.ts";
import { apply, describe, type Op, type Value } from "../graph/value.ts";
import { matmul } from "./matmul.ts";
import { sum } from "./reduce.ts";
import { concat, pad, reshape, slice, transpose } from "./shape.ts";

/** Padding is top, left, bottom, right, in pixels. */
export interface Conv2dAttributes { readonly stride: number; readonly padding: readonly [number, number, number, number]; readonly dilation: number }
export interface Conv2dInputAttributes extends Conv2dAttributes { readonly height: number; readonly width: number }

function size(d: Dim, what: string): number {
  if (typeof d !== "number") throw new Error(`conv2d needs ${what} to be a number, found ${d}`);
  return d;
}

/** Cross-correlation: x [B, C, H, W], weight [O, C, kh, kw] -> [B, O, h, w]; spatial sizes are numbers. */
export const conv2dOp: Op<Conv2dAttributes> = {
  name: "conv2d",
  infer: ([x, weight], { stride, padding: [top, left, bottom, right], dilation }) => {
    if (x?.shape.length !== 4 || weight?.shape.length !== 4 || x.shape[1] !== weight.shape[1]) throw new Error(`conv2d of ${x && describe(x)} with ${weight && describe(weight)}`);
    const extent = (axis: number, before: number, after: number) =>
      Math.floor((size(x.shape[axis]!, "height and width") + before + after - dilation * (size(weight.shape[axis]!, "kernel sizes") - 1) - 1) / stride) + 1;
    return { dtype: "float32", shape: [x.shape[0]!, weight.shape[0]!, extent(2, top, bottom), extent(3, left, right)] };
  },
  onnx: (emit, inputs, _value, { stride, padding, dilation }) => emit.node("Conv", inputs, { strides: [stride, stride], pads: padding, dilations: [dilation, dilation] }),
  vjp: (g, { inputs: [x, weight] }, attributes) => [
    apply(conv2dInputOp, [g, weight!], { ...attributes, height: size(x!.shape[2]!, "height"), width: size(x!.shape[3]!, "width") }),
    weightGradient(x!, g, weight!, attributes),
  ],
  samples: [
    { inputs: [{ shape: [2, 3, 5, 7] }, { shape: [4, 3, 3, 3] }], attributes: { stride: 1, padding: [1, 1, 1, 1], dilation: 1 } },
    { name: "stride 2, uneven padding", inputs: [{ shape: [2, 3, 6, 7] }, { shape: [4, 3, 3, 3] }], attributes: { stride: 2, padding: [0, 0, 1, 1], dilation: 1 } },
    { name: "patches", inputs: [{ shape: [2, 3, 6, 4] }, { shape: [5, 3, 2, 2] }], attributes: { stride: 2, padding: [0, 0, 0, 0], dilation: 1 } },
    { name: "dilated", inputs: [{ shape: [1, 2, 7, 8] }, { shape: [3, 2, 2, 3] }], attributes: { stride: 1, padding: [1, 0, 0, 2], dilation: 2 } },
  ],
};

/** The transpose of conv2d in x: g [B, O, h, w], weight [O, C, kh, kw] -> [B, C, height, width]. */
export const conv2dInputOp: Op<Conv2dInputAttributes> = {
  name: "conv2dInput",
  infer: ([g, weight], { height, width }) => {
    if (g?.shape.length !== 4 || weight?.shape.length !== 4 || g.shape[1] !== weight.shape[0]) throw new Error(`conv2dInput of ${g && describe(g)} with ${weight && describe(weight)}`);
    return { dtype: "float32", shape: [g.shape[0]!, weight.shape[1]!, height, width] };
  },
  onnx: (emit, inputs, { inputs: [g, weight] }, { stride, padding: [top, left, bottom, right], dilation, height, width }) => {
    const rest = (axis: number, total: number, before: number, after: number) =>
      total - ((size(g!.shape[axis]!, "height and width") - 1) * stride + dilation * (size(weight!.shape[axis]!, "kernel sizes") - 1) + 1 - before - after);
    return emit.node("ConvTranspose", inputs, {
      strides: [stride, stride], pads: [top, left, bottom, right], dilations: [dilation, dilation],
      output_padding: [rest(2, height, top, bottom), rest(3, width, left, right)],
    });
  },
  vjp: (h, { inputs: [g, weight] }, { stride, padding, dilation }) => [
    apply(conv2dOp, [h, weight!], { stride, padding, dilation }),
    weightGradient(h, g!, weight!, { stride, padding, dilation }),
  ],
  samples: [{ inputs: [{ shape: [2, 4, 3, 4] }, { shape: [4, 3, 3, 3] }], attributes: { stride: 2, padding: [1, 1, 1, 1], dilation: 1, height: 6, width: 7 } }],
};

/**
 * dL/dweight. At stride 1, one matrix product for each kernel place, of the cotangent with the shifted input: two to three times faster than
 * a convolution whose kernel is the cotangent (batch and channels exchanged, stride and dilation exchanged), which serves the rest.
 */
function weightGradient(x: Value, g: Value, weight: Value, { stride, padding, dilation }: Conv2dAttributes): Value {
  const [O, C, kh, kw] = weight.shape.map((d) => size(d, "the weight's shape")) as [number, number, number, number];
  if (stride !== 1) {
    const wide = conv2d(transpose(x, [1, 0, 2, 3]), transpose(g, [1, 0, 2, 3]), { stride: dilation, padding, dilation: stride });
    return transpose(slice(slice(wide, 2, 0, kh), 3, 0, kw), [1, 0, 2, 3]);
  }
  const [B, , h, w] = g.shape as readonly [Dim, Dim, number, number], [top, left, bottom, right] = padding;
  const padded = pad(pad(x, 2, top, bottom), 3, left, right), cotangent = reshape(g, [B, O, h * w]);
  const places = Array.from({ length: kh * kw }, (_, i) => {
    const shifted = slice(slice(padded, 2, Math.floor(i / kw) * dilation, h), 3, (i % kw) * dilation, w);
    return matmul(cotangent, reshape(shifted, [B, C, h * w]), { transposeB: true }); // [B, O, C]
  });
  return reshape(transpose(reshape(sum(concat(places, 2), 0), [O, kh * kw, C]), [0, 2, 1]), weight.shape);
}

/** Convolution (cross-correlation) without bias: x [B, C, H, W], weight [O, C, kh, kw]; padding top, left, bottom, right. */
export const conv2d = (x: Value, weight: Value, { stride = 1, padding = [0, 0, 0, 0], dilation = 1 }: Partial<Conv2dAttributes> = {}): Value =>
  apply(conv2dOp, [x, weight], { stride, padding, dilation });

type None = Record<string, never>;

function image(x: Value | undefined, name: string): readonly [Dim, Dim, number, number] {
  if (x?.dtype !== "float32" || x.shape.length !== 4) throw new Error(`${name} of ${x && describe(x)}`);
  return [x.shape[0]!, x.shape[1]!, size(x.shape[2]!, "height"), size(x.shape[3]!, "width")];
}

export const upsample2xOp: Op<None> = {
  name: "upsample2x",
  infer: ([x]) => {
    const [B, C, H, W] = image(x, "upsample2x");
    return { dtype: "float32", shape: [B, C, 2 * H, 2 * W] };
  },
  onnx: (emit, [x]) => emit.node("Resize", [x!, "", emit.constant("float32", [4], Float32Array.of(1, 1, 2, 2))], { mode: "nearest", coordinate_transformation_mode: "asymmetric", nearest_mode: "floor" }),
  vjp: (g) => [apply(sumPool2xOp, [g], {})],
  samples: [{ inputs: [{ shape: [2, 3, 5, 7] }], attributes: {} }],
};

/** The transpose of upsample2x: sums of 2 x 2 neighbours, [B, C, 2H, 2W] -> [B, C, H, W]. */
export const sumPool2xOp: Op<None> = {
  name: "sumPool2x",
  infer: ([x]) => {
    const [B, C, H, W] = image(x, "sumPool2x");
    if (H % 2 !== 0 || W % 2 !== 0) throw new Error(`sumPool2x takes even sides, found ${describe(x!)}`);
    return { dtype: "float32", shape: [B, C, H / 2, W / 2] };
  },
  onnx: (emit, [x]) => emit.node("Mul", [emit.node("AveragePool", [x!], { kernel_shape: [2, 2], strides: [2, 2] }), emit.scalar("float32", 4)]),
  vjp: (g) => [upsample2x(g)],
  samples: [{ inputs: [{ shape: [2, 3, 6, 10] }], attributes: {} }],
};

/** Nearest-neighbour doubling of height and width: [B, C, H, W] -> [B, C, 2H, 2W]. */
export const upsample2x = (x: Value): Value => apply(upsample2xOp, [x], {});
