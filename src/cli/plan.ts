import { UserError } from "../files/userError.ts";
import { armNames } from "../harness/benchCobsat/arms.ts";
import { composeArmNames } from "../harness/benchCompose/arms.ts";
import { composeTasks } from "../harness/benchCompose/tasks.ts";
import type { ProductShape } from "../harness/calibrate.ts";
import { command, print, printJson } from "./command.ts";
import { choice, choices, listed, options } from "./options.ts";

const gigabytes = (bytes: number): string => `${bytes < 1e9 ? (bytes / 1e9).toPrecision(2) : (bytes / 1e9).toFixed(1)} GB`;

/** Long times in days. */
const long = (seconds: number, words: (seconds: number) => string): string => (seconds < 172_800 ? words(seconds) : `${Math.round(seconds / 86_400).toLocaleString("en")} days`);

/** Columns of text, the first ones to the left. */
function table(rows: readonly (readonly string[])[]): void {
  const widths = rows[0]!.map((_, i) => Math.max(...rows.map((row) => row[i]!.length)));
  for (const row of rows) print(`  ${row.map((cell, i) => cell.padEnd(widths[i]!)).join("  ").trimEnd()}`);
}

export const plan = command({
  usage: "plan",
  describe: "Say what a run would need: files, disk, memory, samples, operations and hours; starts nothing",
  build: (yargs) => yargs.options({
    ...options, bench: { ...choice("bench", ["cobsat", "compose"], "the benchmark that is to run"), default: "cobsat" as const },
    cases: { string: true, describe: "compose: the folder of own cases (default: micro's own scenes; paper: data/compose); without one, --samples says how many there will be", coerce: options.out.coerce },
    arms: { ...choices("arms", [...new Set([...armNames, ...composeArmNames])], "arms to score"), defaultDescription: "all of the benchmark's" },
    tasks: { string: true, describe: `${options.tasks.describe}; compose: kinds of input, of ${composeTasks.map(({ name }) => name).join(", ")}`, coerce: (given: unknown) => listed(given) },
  }),
  async run({ bench, profile: name, models, datasets, pictures, cases, shots, tasks, samples, arms, seed, seeds, steps, stage, shard, out, engine, device, json }) {
    const other = bench === "compose" ? { shots, datasets, seeds } : { cases }, useless = Object.entries(other).find(([, value]) => value !== undefined);
    if (useless) throw new UserError(`--${useless[0]}: bench:${bench} has no such option`, 2);
    const { planRun } = await import("../harness/plan/plan.ts"), { planCompose } = await import("../harness/plan/compose.ts"), { profileOf } = await import("../harness/profiles/profileOf.ts"), { executorFor } = await import("../harness/executor.ts"), { calibrate } = await import("../harness/calibrate.ts"), { duration } = await import("../harness/duration.ts");
    const executor = await executorFor({ engine, device }), asked = { profile: profileOf(name, { models, datasets, pictures, cases }), samples, arms, seed, steps, stage, shard, out, engine, device }, rate = (product: ProductShape): Promise<number> => calibrate(executor, product);
    const planned = await (bench === "compose" ? planCompose({ ...asked, tasks }, rate) : planRun({ ...asked, shots, seeds, tasks: tasks && options.tasks.coerce(tasks).map(({ id }) => id) }, rate));
    if (json) printJson(planned);
    else {
      print(`profile ${planned.profile}: ${Object.entries(planned.samples).map(([what, n]) => `${what} ${n.toLocaleString("en")}`).join(", ")}`);
      print(`files, ${gigabytes(planned.files.reduce((sum, { bytes }) => sum + bytes, 0))}`);
      table(planned.files.map(({ role, from, parameters, dtype, bytes, here }) => [role, from, `${(parameters / 1e9).toPrecision(3)} B parameters`, dtype, gigabytes(bytes), here ? "here" : "not here"]));
      print(`disk beside them: ${Object.entries(planned.disk).map(([what, bytes]) => `${what} ${gigabytes(bytes)}`).join(", ")}`);
      print(`work on ${executor.name}`);
      table(planned.stages.flatMap(({ stage, work }) => work.map(({ what, count, flops, gflopsPerSecond, seconds }) => [stage, what, count.toLocaleString("en"), `${(flops / 1e12).toPrecision(3)} TFLOP`, `bare product ${gflopsPerSecond.toFixed(0)} GFLOPS`, long(seconds, duration)])));
      const loads = planned.loads.filter(({ times }) => times > 0), total = (of: "times" | "bytes"): number => loads.reduce((sum, load) => sum + load[of], 0);
      print(`models are loaded ${total("times").toLocaleString("en")} times, ${gigabytes(total("bytes"))} read: ${loads.map(({ model, times, bytes }) => `${model} ${times.toLocaleString("en")} (${gigabytes(bytes)})`).join(", ")}`);
      print("stages: memory of the largest model with what it computes, and time");
      table(planned.stages.map(({ stage, memory, seconds }) => [stage, memory ? `${memory.model}: ${gigabytes(memory.float32)} in float32, ${gigabytes(memory.float16)} with weights of two bytes, ${gigabytes(memory.offloaded)} at least offloaded` : "no model", long(seconds, duration)]));
      print(`all together ${long(planned.seconds, duration)}; fits, stage by stage`);
      table(planned.devices.map(({ device: name, bytes, float32, float16, offloaded }) => [name, gigabytes(bytes), `float32: ${float32.join(", ") || "none"}`, `two bytes: ${float16.join(", ") || "none"}`, `offloaded: ${offloaded.join(", ") || "none"}`]));
      for (const note of planned.notes) print(`note: ${note}`);
    }
    return 0;
  },
});
