/** The engine's speed beside the bare matrix products of the same shapes, and PyTorch's beside both. */
import { UserError } from "../src/files/userError.ts";
import { bindDims, type Port } from "../src/graph/bindDims.ts";
import { inLanes } from "../src/graph/executor.ts";
import type { Tensor } from "../src/graph/tensor.ts";
import { topological } from "../src/graph/value.ts";
import { executorFor } from "../src/harness/executor.ts";
import { presentMachine, presentVersions } from "../src/harness/runs/machine.ts";
import { graphFlops, matmulShapes } from "../src/ops/flops.ts";
import { bareMatmuls } from "./bareMatmul.ts";
import { spreadOf, timeInterleaved, type Spread, type Task } from "./measure.ts";
import { startPyTorch, type PyTorch } from "./pytorch/pytorch.ts";
import { alignerStep } from "./workloads/aligner.ts";
import { fluxStep } from "./workloads/flux.ts";
import { lvlmPrefillAndDecode } from "./workloads/lvlm.ts";
import type { Workload } from "./workload.ts";

export interface BenchmarkOptions {
  readonly threads?: number;
  readonly device?: string;
  readonly rounds?: number;
  readonly iterations?: number;
  /** Names of workloads; all by default. */
  readonly only?: readonly string[];
  readonly against?: "pytorch";
  readonly progress?: (line: string) => void;
}

export interface Rate { readonly seconds: Spread; readonly gflops: number }

export interface BenchmarkRow {
  readonly name: string;
  readonly about: string;
  /** Floating-point operations of its matrix products. */
  readonly flops: number;
  /** Difference from TensorFlow.js on a batch of two, over the larger of 1 and the largest value. */
  readonly error: number;
  readonly ours: Rate;
  readonly bare: Rate;
  /** Bare seconds over ours, round by round: 1 is no time spent on anything but matrix products. */
  readonly efficiency: Spread;
  /** Where the batch went through in lanes: how many, and the same beside the products of one lane's part, alone on the lane's threads. */
  readonly lanes?: { readonly count: number; readonly bare: Rate; readonly efficiency: Spread };
  readonly pytorch?: Rate & { readonly error: number; /** PyTorch's seconds over ours: above 1 we are faster. */ readonly ratio: Spread };
}

export interface BenchmarkReport {
  readonly machine: ReturnType<typeof presentMachine>;
  readonly versions: Record<string, string>;
  readonly load: readonly number[];
  readonly threads: number;
  readonly rounds: number;
  readonly iterations: number;
  readonly rows: readonly BenchmarkRow[];
}

const TOLERANCE = 1e-3;

/** The largest difference over the larger of 1 and the largest wanted value. */
function difference(got: Tensor, want: Tensor): number {
  if (got.data.length !== want.data.length) return Infinity;
  let most = 0, scale = 1;
  want.data.forEach((w, i) => { most = Math.max(most, Math.abs(got.data[i]! - w)); scale = Math.max(scale, Math.abs(w)); });
  return Number.isNaN(most) ? Infinity : most / scale;
}

async function checked(workload: Workload, ours: Tensor): Promise<number> {
  const reference = await executorFor({ engine: "tfjs" }), program = await reference.compile({ [workload.compare]: workload.outputs[workload.compare]! }, workload.weights);
  const error = difference(ours, (await program.run(workload.feeds(2)))[workload.compare]!);
  await program.release();
  return error;
}

/** So many parts of a whole number, as even as can be, the larger ones first. */
const evenly = (whole: number, parts: number): number[] => Array.from({ length: parts }, (_, i) => Math.ceil((whole - i) / parts));

/** The ratio of two tasks' medians in each round. */
const perRound = (top: readonly number[][], bottom: readonly number[][]): Spread => spreadOf(top.map((t, round) => spreadOf(t).median / spreadOf(bottom[round]!).median));

async function benchmark(workload: Workload, options: Required<Pick<BenchmarkOptions, "threads" | "rounds" | "iterations" | "progress">> & { device: string }, pytorch: PyTorch | undefined): Promise<BenchmarkRow> {
  const { threads, device, rounds, iterations, progress } = options, executor = await executorFor({ device, threads }), values = Object.values(workload.outputs);
  const program = await executor.compile(workload.outputs, workload.weights, { together: workload.together ?? false }), feeds = workload.feeds(workload.batch), lanes = program.lanes ?? 1;
  const refuse = (who: string, error: number) => { if (!(error <= TOLERANCE)) throw new UserError(`${workload.name}: "${workload.compare}" differs from ${who} by ${error}; nothing was timed`); };
  progress(`${workload.name}: checking`);
  const error = await checked(workload, (await program.run(workload.feeds(2)))[workload.compare]!);
  refuse("TensorFlow.js", error);

  const fed = (name: string) => workload.weights(name) === "fed";
  const ports = topological(values).filter(({ op, attributes }) => op.name === "input" || (op.name === "parameter" && fed((attributes as Port).name))).map(({ attributes }) => attributes as Port);
  const symbols = bindDims(ports, feeds), flops = graphFlops(values, symbols), parts = lanes > 1 ? evenly(workload.batch, lanes).map((size) => workload.feeds(size)) : [feeds], ofPartSymbols = bindDims(ports, parts[0]!);
  const bare = await bareMatmuls(executor, matmulShapes(values, symbols, fed)), ofPart = lanes > 1 ? await bareMatmuls(await executorFor({ device, threads: Math.floor(threads / lanes) }), matmulShapes(values, ofPartSymbols, fed)) : undefined;
  const tasks: Record<string, Task> = { ours: async () => void (await inLanes(program, parts, program.run)), bare: async () => void (await bare.run()), ...(ofPart ? { bareOfPart: async () => void (await ofPart.run()) } : {}) };
  let torchError: number | undefined;
  if (pytorch) {
    const got = await pytorch.load(workload, feeds);
    torchError = got && difference(got, (await program.run(feeds))[workload.compare]!);
    if (torchError !== undefined) refuse("PyTorch", torchError);
    tasks["pytorch"] = () => pytorch.step();
  }
  const seconds = await timeInterleaved(tasks, { rounds, iterations, progress: (round) => progress(`${workload.name}: round ${round + 1} of ${rounds}`) });
  await program.release();
  await bare.release();
  await ofPart?.release();
  const rate = (list: readonly number[][], of = flops): Rate => { const spread = spreadOf(list.flat()); return { seconds: spread, gflops: of / spread.median / 1e9 }; };
  return {
    name: workload.name, about: workload.about, flops, error, ours: rate(seconds["ours"]!), bare: rate(seconds["bare"]!), efficiency: perRound(seconds["bare"]!, seconds["ours"]!),
    ...(ofPart ? { lanes: { count: lanes, bare: rate(seconds["bareOfPart"]!, graphFlops(values, ofPartSymbols)), efficiency: perRound(seconds["bareOfPart"]!, seconds["ours"]!) } } : {}),
    ...(pytorch ? { pytorch: { ...rate(seconds["pytorch"]!), error: torchError ?? NaN, ratio: perRound(seconds["pytorch"]!, seconds["ours"]!) } } : {}),
  };
}

/** Times every workload, each checked first; a UserError where results differ, a name is unknown, or PyTorch was asked for and cannot be imported. */
export async function runBenchmarks({ threads = presentMachine().cores, device = "cpu", rounds = 7, iterations = 3, only, against, progress = () => {} }: BenchmarkOptions = {}): Promise<BenchmarkReport> {
  const { loadavg } = await import("node:os"), load = loadavg(), all = [await alignerStep(), fluxStep(), ...lvlmPrefillAndDecode()];
  const unknown = only?.find((name) => !all.some((w) => w.name === name));
  if (unknown !== undefined) throw new UserError(`unknown benchmark "${unknown}"; it is one of ${all.map((w) => w.name).join(", ")}`, 2);
  const pytorch = against === undefined ? undefined : await startPyTorch(threads), rows: BenchmarkRow[] = [];
  try {
    for (const workload of all.filter((w) => only?.includes(w.name) ?? true)) rows.push(await benchmark(workload, { threads, device, rounds, iterations, progress }, pytorch));
  } finally {
    await pytorch?.stop();
  }
  return { machine: presentMachine(), versions: { ...presentVersions(), ...(pytorch ? { torch: pytorch.version } : {}) }, load, threads, rounds, iterations, rows };
}
