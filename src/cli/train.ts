import { command, print, printJson } from "./command.ts";
import { choice, count, options } from "./options.ts";

export const train = command({
  usage: "train <aligner>",
  describe: "Train an aligner; goes on where it was interrupted",
  build: (yargs) => yargs
    .positional("aligner", { ...choice("aligner", ["lvlm"], "which one"), demandOption: true })
    .options({
      profile: options.profile, seed: options.seed, steps: count("steps", "training steps", 1), engine: options.engine, device: options.device, json: options.json,
      retrain: { boolean: true, default: false, describe: "train even where one of the same identity exists" },
    }),
  async run({ profile, seed, steps, engine, device, retrain, json }, context) {
    const { describeTraining, trainLvlm } = await import("../harness/train.ts"), { profileOf } = await import("../harness/profile.ts"), { executorFor } = await import("../harness/executor.ts");
    const { models, aligner, cache } = profileOf(profile);
    const trained = await trainLvlm({
      executor: await executorFor({ engine, device }), folders: { lvlm: models.lvlm, t5: models.t5 }, cache, shipped: aligner.shipped, samples: aligner.samples, seed, steps, retrain,
      signal: context.interruptible(),
    });
    if (json) printJson({ folder: trained.folder, reused: trained.reused, ...trained.record });
    else print(describeTraining(trained));
    return 0;
  },
});
