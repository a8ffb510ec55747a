import { command, print, printJson } from "./command.ts";
import { options } from "./options.ts";

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
  build: (yargs) => yargs.options(options),
  async run({ profile, models, datasets, pictures, shots, tasks, samples, arms, seed, steps, stage, shard, out, engine, device, json }) {
    const { planRun } = await import("../harness/plan/plan.ts"), { profileOf } = await import("../harness/profiles/profileOf.ts"), { executorFor } = await import("../harness/executor.ts"), { calibrate } = await import("../harness/calibrate.ts"), { duration } = await import("../harness/duration.ts");
    const executor = await executorFor({ engine, device }), asked = { shots, tasks: tasks?.map(({ id }) => id), samples, arms, seed, steps, stage, shard, out, engine, device };
    const planned = await planRun({ ...asked, profile: profileOf(profile, { models, datasets, pictures }) }, (product) => calibrate(executor, product));
    if (json) printJson(planned);
    else {
      print(`profile ${planned.profile}: ${Object.entries(planned.samples).map(([what, n]) => `${what} ${n.toLocaleString("en")}`).join(", ")}`);
      print(`files, ${gigabytes(planned.files.reduce((sum, { bytes }) => sum + bytes, 0))}`);
      table(planned.files.map(({ role, from, parameters, dtype, bytes, here }) => [role, from, `${(parameters / 1e9).toPrecision(3)} B parameters`, dtype, gigabytes(bytes), here ? "here" : "not here"]));
      print(`disk beside them: ${Object.entries(planned.disk).map(([what, bytes]) => `${what} ${gigabytes(bytes)}`).join(", ")}`);
      print(`work on ${executor.name}`);
      table(planned.stages.flatMap(({ stage, work }) => work.map(({ what, count, flops, gflopsPerSecond, seconds }) => [stage, what, count.toLocaleString("en"), `${(flops / 1e12).toPrecision(3)} TFLOP`, `bare product ${gflopsPerSecond.toFixed(0)} GFLOPS`, long(seconds, duration)])));
      print("stages: memory of the largest model with what it computes, and time");
      table(planned.stages.map(({ stage, memory, seconds }) => [stage, memory ? `${memory.model}: ${gigabytes(memory.float32)} in float32, ${gigabytes(memory.float16)} with weights of two bytes, ${gigabytes(memory.offloaded)} at least offloaded` : "no model", long(seconds, duration)]));
      print(`all together ${long(planned.seconds, duration)}; fits, stage by stage`);
      table(planned.devices.map(({ device: name, bytes, float32, float16, offloaded }) => [name, gigabytes(bytes), `float32: ${float32.join(", ") || "none"}`, `two bytes: ${float16.join(", ") || "none"}`, `offloaded: ${offloaded.join(", ") || "none"}`]));
      for (const note of planned.notes) print(`note: ${note}`);
    }
    return 0;
  },
});
