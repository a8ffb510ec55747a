import type { Value } from "../../graph/value.ts";
import { add, erf, geluTanh, mul, sigmoid } from "../../ops/index.ts";

/** GELU by the error function. */
export const gelu = (x: Value): Value => mul(mul(x, 0.5), add(1, erf(mul(x, Math.SQRT1_2))));

/** x sigmoid(1.702 x), OpenAI CLIP's activation. */
export const quickGelu = (x: Value): Value => mul(x, sigmoid(mul(1.702, x)));

/** x sigmoid(x), also called swish. */
export const silu = (x: Value): Value => mul(x, sigmoid(x));

/** Activations by the names configurations use. Throws on another name. */
export function activation(name: string): (x: Value) => Value {
  switch (name) {
    case "gelu": return gelu;
    case "gelu_new": case "gelu_pytorch_tanh": case "gelu-approximate": return geluTanh;
    case "quick_gelu": return quickGelu;
    case "silu": case "swish": return silu;
    default: throw new Error(`activation "${name}" is not known; gelu, gelu_new, gelu_pytorch_tanh, quick_gelu and silu are`);
  }
}
