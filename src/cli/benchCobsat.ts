import { command } from "./command.ts";
import { options } from "./options.ts";

export const benchCobsat = command({
  usage: "bench:cobsat",
  describe: "Score ThinkDiff-LVLM and the arms around it on CoBSAT",
  build: (yargs) => yargs.options({
    profile: options.profile, models: options.models, datasets: options.datasets, pictures: options.pictures, shots: options.shots, tasks: options.tasks, samples: options.samples, arms: options.arms, seed: options.seed, steps: options.steps,
    stage: options.stage, shard: options.shard, out: options.out, engine: options.engine, device: options.device, json: options.json,
    retrain: { boolean: true, default: false, describe: "train the aligner even where one of the same identity exists" },
    "continue-with-other-code": { boolean: true, default: false, describe: "go on with a run that other source code began" },
  }),
  async run({ profile, models, datasets, pictures, shots, tasks, samples, arms, seed, steps, stage, shard, out, engine, device, json, retrain, continueWithOtherCode }, context) {
    const { benchCobsat: bench } = await import("../harness/benchCobsat/benchCobsat.ts"), { profileOf } = await import("../harness/profiles/profileOf.ts"), { givenArguments, printScores } = await import("./scores.ts");
    const asked = { shots, tasks: tasks?.map(({ id }) => id), samples, arms, seed, steps, stage, shard, out, engine, device, retrain, continueWithOtherCode };
    return printScores(await bench({ ...asked, profile: profileOf(profile, { models, datasets, pictures }), arguments: givenArguments({ profile, models, datasets, pictures, ...asked }), signal: context.interruptible() }), json);
  },
});
