import { ablationHelp, ablationsNamed } from "../ablations/index.ts";
import { UserError } from "../files/userError.ts";
import { command, tell } from "./command.ts";
import { choice, continuing, count, options, paying } from "./options.ts";

export const ablate = command({
  usage: "ablate <names..>",
  describe: "Train and score the baseline beside its ablations",
  build: (yargs) => yargs
    .positional("names", {
      describe: "ablations or groups of them, listed below", type: "string", array: true, demandOption: true,
      coerce: (names: unknown[]): string[] => names.flatMap((name) => (ablationsNamed(String(name)), [String(name)])),
    })
    .options({
      variant: { ...choice("variant", ["lvlm", "clip"], "whose aligner; clip is scored on images and text, with cases for samples"), default: "lvlm" as const },
      profile: options.profile, models: options.models, datasets: options.datasets, pictures: options.pictures, shots: { ...options.shots, defaultDescription: "2" }, tasks: options.tasks, samples: options.samples, seed: options.seed,
      seeds: options.seeds, "training-steps": count("training-steps", "training steps of every arm, the baseline included (default: the profile's for ablations, 450 in micro)", 1), steps: options.steps, stage: options.stage, shard: options.shard, out: options.out, engine: options.engine, device: options.device, json: options.json,
      retrain: { boolean: true, default: false, describe: "train every arm even where one of the same identity exists" },
      ...paying, ...continuing,
    })
    .epilogue(`Names:\n${ablationHelp()}`),
  async run({ names, variant, profile, models, datasets, pictures, shots, tasks, samples, seed, seeds, trainingSteps, steps, stage, shard, out, engine, device, json, retrain, continueWithOtherCode, pricePerQuestion, yes }, context) {
    const { ablate: run } = await import("../harness/ablate/ablate.ts"), { profileOf } = await import("../harness/profiles/profileOf.ts"), { givenArguments, paid, printScores } = await import("./scores.ts");
    if (variant === "clip") {
      const given = Object.entries({ shots, tasks }).find(([, value]) => value !== undefined);
      if (given) throw new UserError(`--${given[0]}: not with --variant clip, which is scored on images and text`, 2);
      const { ablateClip } = await import("../harness/ablate/ablateClip.ts"), clip = { samples, seed, seeds, trainingSteps, steps, stage, shard, out, engine, device, retrain, continueWithOtherCode };
      return printScores(await ablateClip({ ...clip, names, profile: profileOf(profile, { models, datasets, pictures }), arguments: givenArguments({ names, variant, profile, models, datasets, pictures, ...clip }), tell, signal: context.interruptible(), ...paid({ pricePerQuestion, yes }) }), json);
    }
    const asked = { shots, tasks: tasks?.map(({ id }) => id), samples, seed, seeds, trainingSteps, steps, stage, shard, out, engine, device, retrain, continueWithOtherCode };
    return printScores(await run({ ...asked, names, profile: profileOf(profile, { models, datasets, pictures }), arguments: givenArguments({ names, profile, models, datasets, pictures, ...asked }), tell, signal: context.interruptible(), ...paid({ pricePerQuestion, yes }) }), json);
  },
});
