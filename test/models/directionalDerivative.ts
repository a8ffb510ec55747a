import { gradients } from "../../src/autodiff/gradient.ts";
import { floats, type Tensor } from "../../src/graph/tensor.ts";
import type { Value } from "../../src/graph/value.ts";
import { verifyGraph } from "../../src/graph/verify.ts";
import type { WeightScope } from "../../src/models/weights.ts";
import { ortExecutor } from "../../src/onnx/ortExecutor.ts";
import { Random } from "../../src/random/random.ts";

const dot = (a: ArrayLike<number>, b: ArrayLike<number>): number => Array.from(a).reduce((sum, x, i) => sum + x * b[i]!, 0);

/** Random values for every parameter, scaled by its last axis; vectors vary around 0.5, so that no norm or bias is trivial. */
export function randomParameters(weights: WeightScope): Record<string, Tensor> {
  return Object.fromEntries(weights.manifest().map(({ name, shape }) => {
    const size = shape.reduce((a, b) => a * b, 1), random = new Random("parameters", name), matrix = shape.length > 1;
    return [name, floats(shape, random.normals(size).map((x) => (matrix ? x / Math.sqrt(size / shape[0]!) : 0.5 + 0.2 * x)))];
  }));
}

/** For each parameter, the loss's derivative along one random direction: by the gradient (`product`) and by a central difference, beside the gradient's `norm`. */
export async function directionalDerivatives(loss: Value, weights: WeightScope, feeds: Record<string, Tensor>, step = 2 ** -6) {
  const at = randomParameters(weights), names = Object.keys(at);
  const grads = gradients(loss, names.map((name) => weights.parameters.get(name)!));
  const outputs = Object.fromEntries([["loss", loss], ...names.map((name, i) => [`gradient of ${name}`, grads[i]!] as const)]);
  verifyGraph(Object.values(outputs));
  const program = await ortExecutor({ threads: 1 }).compile(outputs);
  const { loss: centre, ...byName } = await program.run({ ...feeds, ...at });
  const rows = [];
  for (const name of names) {
    const { shape, data } = at[name]!, gradient = byName[`gradient of ${name}`]!.data;
    const raw = new Random("direction", name).normals(data.length), length = Math.sqrt(dot(raw, raw));
    const moved = async (h: number) => (await program.run({ ...feeds, ...at, [name]: floats(shape, Float32Array.from(data, (x, i) => x + (h * raw[i]!) / length)) })).loss!.data[0]!;
    const difference = ((await moved(step)) - (await moved(-step))) / (2 * step);
    rows.push({ name, difference, product: dot(gradient, raw) / length, norm: Math.sqrt(dot(gradient, gradient)) });
  }
  await program.release();
  return { loss: centre!.data[0]!, rows };
}
