import { composeArmNames } from "../harness/benchCompose/arms.ts";
import { composeTasks } from "../harness/benchCompose/tasks.ts";
import { command } from "./command.ts";
import { choices, continuing, count, options, paying } from "./options.ts";

export const benchCompose = command({
  usage: "bench:compose",
  describe: "Score ThinkDiff-CLIP and the arms around it on images and text",
  build: (yargs) => yargs.options({
    profile: options.profile, models: options.models, pictures: options.pictures,
    cases: { string: true, describe: "own cases: a folder of folders, each with one or two pictures and at most one .txt; scored by similarity (default: micro's own scenes; paper: data/compose)", coerce: options.out.coerce }, tasks: { ...choices("tasks", composeTasks.map(({ name }) => name), "kinds of input"), defaultDescription: "all" }, samples: count("samples", "cases of each kind of input", 1, 1000),
    arms: { ...choices("arms", composeArmNames, "arms to score"), defaultDescription: "all" }, seed: options.seed, steps: options.steps,
    stage: options.stage, shard: options.shard, out: options.out, engine: options.engine, device: options.device, json: options.json,
    retrain: { boolean: true, default: false, describe: "train the aligner even where one of the same identity exists" },
    ...paying, ...continuing,
  }),
  async run({ profile, models, pictures, cases, tasks, samples, arms, seed, steps, stage, shard, out, engine, device, json, retrain, continueWithOtherCode, pricePerQuestion, yes }, context) {
    const { benchCompose: bench } = await import("../harness/benchCompose/benchCompose.ts"), { profileOf } = await import("../harness/profiles/profileOf.ts"), { givenArguments, paid, printScores } = await import("./scores.ts");
    const asked = { tasks, samples, arms, seed, steps, stage, shard, out, engine, device, retrain, continueWithOtherCode };
    return printScores(await bench({ ...asked, profile: profileOf(profile, { models, pictures, cases }), arguments: givenArguments({ profile, models, pictures, cases, ...asked }), signal: context.interruptible(), ...paid({ pricePerQuestion, yes }) }), json);
  },
});
