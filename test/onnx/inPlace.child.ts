/** Runs a chain of 16-bit products and its gradient over the checkpoint named; prints the bytes by which memory grew at most, and the results. */
import { readFileSync } from "node:fs";
import { gradients } from "../../src/autodiff/gradient.ts";
import { floats } from "../../src/graph/tensor.ts";
import { ortExecutor } from "../../src/onnx/ortExecutor.ts";
import { add, geluTanh, input, matmul, parameter, slice, sum } from "../../src/ops/index.ts";
import { openCheckpoint } from "../../src/weights/checkpoint.ts";

const [file = "", folder = "", keptWide] = process.argv.slice(2), { tensors } = openCheckpoint(file), width = tensors.get("w0")!.shape[0]!;
const peak = (): number => Number(/VmHWM:\s+(\d+)/.exec(readFileSync("/proc/self/status", "utf8"))![1]) * 1024;

const x = input("x", ["B", width]), shift = input("shift", [width]);
let y = add(x, shift);
const halves = ["w0", "w1"].map((name, i) => matmul(slice(y, 1, 0, width / 2), slice(parameter(name, [width, width]), 1, i, width / 2), { transposeB: true }));
y = add(y, add(halves[0]!, halves[1]!));
for (const name of tensors.keys()) y = add(y, geluTanh(matmul(y, parameter(name, [width, width]), { transposeB: true })));

const before = peak(), executor = ortExecutor({ threads: 1, folder, ...(keptWide === undefined ? {} : { keptWide: Number(keptWide) }) });
const program = await executor.compile({ y, gradient: gradients(sum(y, [0, 1]), [shift])[0]! }, (name) => tensors.get(name));
const feeds = { x: floats([2, width], new Float32Array(2 * width).map((_, i) => Math.sin(i))), shift: floats([width], new Float32Array(width)) };
const results = await program.run(feeds);
console.log(JSON.stringify({ grown: peak() - before, numbers: [...results.y.data.slice(0, 50), ...results.gradient.data.slice(0, 50)] }));
