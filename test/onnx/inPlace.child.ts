/** Runs chains of products, and the gradient of one, over the checkpoint named, with weights in place and then with folded ones; prints for each the bytes by which memory grew at most, those that are private in the end, and the results. */
import { readFileSync } from "node:fs";
import { gradients } from "../../src/autodiff/gradient.ts";
import { floats } from "../../src/graph/tensor.ts";
import type { Value } from "../../src/graph/value.ts";
import { ortExecutor } from "../../src/onnx/ortExecutor.ts";
import { add, geluTanh, input, matmul, parameter, slice, sum } from "../../src/ops/index.ts";
import { openCheckpoint } from "../../src/weights/checkpoint.ts";

const [file = "", folder = ""] = process.argv.slice(2), { tensors } = openCheckpoint(file), width = tensors.values().next().value!.shape[0]!;
const status = (key: string): number => Number(new RegExp(`${key}:\\s+(\\d+)`).exec(readFileSync("/proc/self/status", "utf8"))![1]) * 1024;

const x = input("x", ["B", width]), shift = input("shift", [width]);
const chain = (kind: string, layer: (y: Value, name: string) => Value): Value => [...tensors.keys()].filter((name) => name.startsWith(kind)).reduce((y, name) => add(y, geluTanh(layer(y, name))), add(x, shift));
const y = chain("whole", (y, name) => matmul(y, parameter(name, [width, width]), { transposeB: true }));
const z = chain("parts", (y, name) => [y, geluTanh(y)].map((part, i) => matmul(part, slice(parameter(name, [width, 2 * width]), 1, i * width, width), { transposeB: true })).reduce((a, b) => add(a, b)));

const gradient = gradients(sum(y, [0, 1]), [shift])[0]!, feeds = { x: floats([2, width], new Float32Array(2 * width).map((_, i) => Math.sin(i))), shift: floats([width], new Float32Array(width)) };
const peak = status("VmHWM"), own = status("RssAnon");
for (const folded of [false, true]) {
  const program = await ortExecutor({ threads: 1, folder, ...(folded ? { keptWide: Infinity } : {}) }).compile({ y, z, gradient }, (name) => tensors.get(name)), results = await program.run(feeds);
  console.log(JSON.stringify({ peak: status("VmHWM") - peak, own: status("RssAnon") - own, results: Object.values(results).map(({ data }) => [...data]) }));
  await program.release();
}
