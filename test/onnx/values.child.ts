/** Runs a gradient twice, and says by how many bytes memory grew at most and what the values alive at once take. */
import { gradients } from "../../src/autodiff/gradient.ts";
import { floats } from "../../src/graph/tensor.ts";
import type { Value } from "../../src/graph/value.ts";
import { ortExecutor } from "../../src/onnx/ortExecutor.ts";
import { geluTanh, input, matmul, mean, mul, parameter } from "../../src/ops/index.ts";
import { peakBytes } from "../../src/ops/memory.ts";

const rows = 4096, width = 256, layers = 8, w = parameter("w", [width, width]);
let x: Value = input("x", ["N", width]);
for (let i = 0; i < layers; i++) x = geluTanh(matmul(x, w));
const loss = mean(mul(x, x)), outputs = { loss, gradient: gradients(loss, [w])[0]! }, program = await ortExecutor({ threads: 1, folder: process.argv[2]! }).compile(outputs);
const feeds = { x: floats([rows, width], new Float32Array(rows * width).fill(0.1)), w: floats([width, width], new Float32Array(width ** 2).fill(0.01)) };
await program.run({ ...feeds, x: floats([1, width], new Float32Array(width)) });
const before = process.resourceUsage().maxRSS;
for (let i = 0; i < 2; i++) await program.run(feeds);
console.log(JSON.stringify({ grown: (process.resourceUsage().maxRSS - before) * 1024, alive: peakBytes(Object.values(outputs), new Map([["N", rows]])) }));
await program.release();
