import { command, print, printJson, tell } from "./command.ts";
import { options } from "./options.ts";

export const benchCobsat = command({
  usage: "bench:cobsat",
  describe: "Score ThinkDiff-LVLM and the arms around it on CoBSAT",
  build: (yargs) => yargs.options({
    profile: options.profile, shots: options.shots, tasks: options.tasks, samples: options.samples, arms: options.arms, seed: options.seed, steps: options.steps,
    stage: options.stage, shard: options.shard, out: options.out, engine: options.engine, device: options.device, json: options.json,
    retrain: { boolean: true, default: false, describe: "train the aligner even where one of the same identity exists" },
    "continue-with-other-code": { boolean: true, default: false, describe: "go on with a run that other source code began" },
  }),
  async run({ profile, shots, tasks, samples, arms, seed, steps, stage, shard, out, engine, device, json, retrain, continueWithOtherCode }, context) {
    const { benchCobsat: bench } = await import("../harness/benchCobsat/benchCobsat.ts"), { profileOf } = await import("../harness/profile.ts"), { reportFile } = await import("../harness/report/render.ts");
    const asked = {
      profile, shots: shots?.join(), tasks: tasks?.map(({ id }) => id).join(), samples, arms: arms?.join(), seed, steps, stage, shard: shard && `${shard.index}/${shard.count}`,
      out, engine, device, retrain: retrain || undefined, continueWithOtherCode: continueWithOtherCode || undefined,
    };
    const given = Object.fromEntries(Object.entries(asked).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])));
    const { exitCode, folder, summary } = await bench({
      profile: profileOf(profile), shots, tasks: tasks?.map(({ id }) => id), samples, arms, seed, steps, stage, shard, out, engine, device, retrain, continueWithOtherCode,
      arguments: given, signal: context.interruptible(),
    });
    if (json) printJson(summary);
    else {
      for (const { arm, shots: k, n, accuracy, ci95: [low, high], invalid } of summary.averages) print(`${arm}, ${k} shots: ${(100 * accuracy).toFixed(1)} % [${(100 * low).toFixed(1)}, ${(100 * high).toFixed(1)}] of ${n} samples${invalid > 0 ? `, ${invalid} invalid` : ""}`);
      print(reportFile(folder));
    }
    if (exitCode === 130) tell(`interrupted with ${summary.finished} of ${summary.planned} samples; the same command goes on from ${folder}`);
    return exitCode;
  },
});
