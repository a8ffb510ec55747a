import { type Dim } from "../graph/dims.ts";
import { apply, describe, type Op, type Value } from "../graph/value.ts";
import { broadcastTo, reshape, slice, transpose } from "./shape.ts";

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

/** dL/dweight as a convolution of x with the cotangent, batch and channels exchanged, stride and dilation exchanged. */
function weightGradient(x: Value, g: Value, weight: Value, { stride, padding, dilation }: Conv2dAttributes): Value {
  const wide = conv2d(transpose(x, [1, 0, 2, 3]), transpose(g, [1, 0, 2, 3]), { stride: dilation, padding, dilation: stride });
  const exact = slice(slice(wide, 2, 0, weight.shape[2]!), 3, 0, weight.shape[3]!);
  return transpose(exact, [1, 0, 2, 3]);
}

/** Convolution (cross-correlation) without bias: x [B, C, H, W], weight [O, C, kh, kw]; padding top, left, bottom, right. */
export const conv2d = (x: Value, weight: Value, { stride = 1, padding = [0, 0, 0, 0], dilation = 1 }: Partial<Conv2dAttributes> = {}): Value =>
  apply(conv2dOp, [x, weight], { stride, padding, dilation });

/** Nearest-neighbour doubling of height and width: [B, C, H, W] -> [B, C, 2H, 2W]. */
export function upsample2x(x: Value): Value {
  const [B, C, H, W] = x.shape as readonly [Dim, Dim, number, number];
  return reshape(broadcastTo(reshape(x, [B, C, H, 1, W, 1]), [B, C, H, 2, W, 2]), [B, C, 2 * H, 2 * W]);
}
