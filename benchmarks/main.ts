import { parseArgs } from "node:util";
import { writeAtomically } from "../src/files/atomic.ts";
import { UserError } from "../src/files/userError.ts";
import { runBenchmarks, type BenchmarkReport } from "./runBenchmarks.ts";

const usage = `npm run bench [-- options]

Times one aligner training step, one FLUX step, and the LVLM's prefill and decode, each beside the bare matrix products of the same shapes.

  --against pytorch   time the same in PyTorch too (PYTHON names the interpreter; it needs torch, transformers and diffusers)
  --only a,b          aligner-step, flux-step, lvlm-prefill, lvlm-decode
  --threads N         threads within an op; all cores by default
  --device D          cpu (default), webgpu or cuda
  --rounds N          interleaved rounds, 7 by default;  --iterations N  runs a round, 3 by default
  --out file.json     write the report there;  --json  print it instead of the table
  --help              this text`;

const ms = (seconds: number): string => (1000 * seconds).toPrecision(4);

function table({ rows, threads, machine, load }: BenchmarkReport): string {
  const lines = rows.flatMap(({ name, about, flops, error, ours, bare, efficiency, lanes, pytorch }) => [
    `${name}: ${about}`,
    `  ours     ${ms(ours.seconds.median)} ms (${ms(ours.seconds.low)} to ${ms(ours.seconds.high)}), ${ours.gflops.toFixed(1)} GFLOPS of ${(flops / 1e9).toFixed(2)} GFLOP; differs from TensorFlow.js by ${error.toExponential(1)}`,
    `  bare     ${ms(bare.seconds.median)} ms (${ms(bare.seconds.low)} to ${ms(bare.seconds.high)}), ${bare.gflops.toFixed(1)} GFLOPS; efficiency ${efficiency.median.toFixed(2)} (${efficiency.low.toFixed(2)} to ${efficiency.high.toFixed(2)})`,
    ...(lanes ? [`  bare     ${ms(lanes.bare.seconds.median)} ms (${ms(lanes.bare.seconds.low)} to ${ms(lanes.bare.seconds.high)}) for the part of one of ${lanes.count} lanes, alone on its threads, ${lanes.bare.gflops.toFixed(1)} GFLOPS; efficiency ${lanes.efficiency.median.toFixed(2)} (${lanes.efficiency.low.toFixed(2)} to ${lanes.efficiency.high.toFixed(2)})`] : []),
    ...(pytorch ? [`  pytorch  ${ms(pytorch.seconds.median)} ms, ${pytorch.gflops.toFixed(1)} GFLOPS, differs by ${pytorch.error.toExponential(1)}; ours is ${pytorch.ratio.median.toFixed(2)} times as fast (${pytorch.ratio.low.toFixed(2)} to ${pytorch.ratio.high.toFixed(2)})`] : []),
  ]);
  return [`${machine.cpu}, ${threads} threads; load before ${load.map((x) => x.toFixed(1)).join(" ")}`, ...lines, "Medians, quartiles in brackets."].join("\n");
}

const positive = (name: string, text: string | undefined): number | undefined => {
  if (text === undefined) return undefined;
  if (!/^[1-9]\d*$/.test(text)) throw new UserError(`--${name} must be a positive whole number, found "${text}"`, 2);
  return Number(text);
};

function options() {
  const text = { type: "string" } as const, flag = { type: "boolean" } as const;
  try {
    return parseArgs({ options: { against: text, only: text, threads: text, device: text, rounds: text, iterations: text, out: text, json: flag, help: flag } }).values;
  } catch (error) {
    throw new UserError((error as Error).message, 2, { cause: error });
  }
}

async function main(): Promise<void> {
  const given = options();
  if (given.help) return console.log(usage);
  if (given.against !== undefined && given.against !== "pytorch") throw new UserError(`--against knows only pytorch, found "${given.against}"`, 2);
  const report = await runBenchmarks({
    threads: positive("threads", given.threads), rounds: positive("rounds", given.rounds), iterations: positive("iterations", given.iterations),
    device: given.device, only: given.only?.split(","), against: given.against, progress: (line) => console.error(line),
  });
  if (given.out !== undefined) writeAtomically(given.out, `${JSON.stringify(report, null, 2)}\n`);
  console.log(given.json ? JSON.stringify(report, null, 2) : table(report));
}

main().catch((error: unknown) => {
  console.error(error instanceof UserError ? error.message : error);
  process.exitCode = error instanceof UserError ? error.exitCode : 1;
});
