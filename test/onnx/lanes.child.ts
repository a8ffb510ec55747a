/** Keeps two lanes at work and ends the process amid that, as its argument says: with exit code 3, or by an error; or releases them amid that and prints how their runs ended. */
import { floats } from "../../src/graph/tensor.ts";
import { ortExecutor } from "../../src/onnx/ortExecutor.ts";
import { geluTanh, input, matmul, parameter } from "../../src/ops/index.ts";

const width = 64, weight = floats([width, width], new Float32Array(width * width).fill(0.01)), x = floats([4000, width], new Float32Array(4000 * width).fill(0.5));
const y = Array.from({ length: 20 }).reduce<ReturnType<typeof input>>((y) => geluTanh(matmul(y, parameter("w", [width, width]))), input("x", ["B", width]));
const program = await ortExecutor({ threads: 2 }).compile({ y }, () => weight, { together: true });
const endless = async (): Promise<void> => { for (;;) await program.run({ x }); };
const ends = [endless(), endless(), endless()].map((end) => end.catch((error: Error) => error.message));
await new Promise((resolve) => setTimeout(resolve, 50));
if (process.argv[2] === "exit") process.exit(3);
if (process.argv[2] === "error") throw new Error("something else failed");
await program.release();
console.log((await Promise.all(ends)).join("; "));
