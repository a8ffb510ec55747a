import { ablationHelp, ablationsNamed } from "../ablations/index.ts";
import { command, tell } from "./command.ts";
import { count, options } from "./options.ts";

export const ablate = command({
  usage: "ablate <names..>",
  describe: "Train and score the baseline beside its ablations",
  build: (yargs) => yargs
    .positional("names", {
      describe: "ablations or groups of them, listed below", type: "string", array: true, demandOption: true,
      coerce: (names: unknown[]): string[] => names.flatMap((name) => (ablationsNamed(String(name)), [String(name)])),
    })
    .options({
      profile: options.profile, shots: { ...options.shots, defaultDescription: "2" }, tasks: options.tasks, samples: options.samples, seed: options.seed,
      seeds: count("seeds", "training seeds of every arm", 1), steps: options.steps, stage: options.stage, shard: options.shard, out: options.out, engine: options.engine, device: options.device, json: options.json,
      retrain: { boolean: true, default: false, describe: "train every arm even where one of the same identity exists" },
      "continue-with-other-code": { boolean: true, default: false, describe: "go on with a run that other source code began" },
    })
    .epilogue(`Names:\n${ablationHelp()}`),
  async run({ names, profile, shots, tasks, samples, seed, seeds, steps, stage, shard, out, engine, device, json, retrain, continueWithOtherCode }, context) {
    const { ablate: run } = await import("../harness/ablate/ablate.ts"), { profileOf } = await import("../harness/profiles/profileOf.ts"), { givenArguments, printScores } = await import("./scores.ts");
    const asked = { shots, tasks: tasks?.map(({ id }) => id), samples, seed, seeds, steps, stage, shard, out, engine, device, retrain, continueWithOtherCode };
    return printScores(await run({ ...asked, names, profile: profileOf(profile), arguments: givenArguments({ names, profile, ...asked }), tell, signal: context.interruptible() }), json);
  },
});
