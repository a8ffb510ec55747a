import { command, print, printJson } from "./command.ts";
import { choice, count, options } from "./options.ts";

export const train = command({
  usage: "train <aligner>",
  describe: "Train an aligner; goes on where it was interrupted",
  build: (yargs) => yargs
    .positional("aligner", { ...choice("aligner", ["lvlm", "clip"], "which one"), demandOption: true })
    .options({
      profile: options.profile, models: options.models, pictures: options.pictures, seed: options.seed, steps: count("steps", "training steps", 1), engine: options.engine, device: options.device, json: options.json,
      retrain: { boolean: true, default: false, describe: "train even where one of the same identity exists" },
    }),
  async run({ aligner: which, profile, models: place, pictures, seed, steps, engine, device, retrain, json }, context) {
    const { describeTraining, trainVariant } = await import("../harness/train.ts"), { profileOf } = await import("../harness/profiles/profileOf.ts"), { executorFor } = await import("../harness/executor.ts");
    const { requireModels } = await import("../harness/profile.ts"), own = profileOf(profile, { models: place, pictures }), { models, aligner: lvlm, clipAligner, cache } = own;
    requireModels(own, which === "clip" ? ["vision", "t5"] : ["lvlm", "t5"]);
    const trained = await trainVariant({
      executor: await executorFor({ engine, device }), folders: models, cache, ...(which === "clip" ? clipAligner : lvlm), seed, steps, retrain,
      signal: context.interruptible(),
    });
    if (json) printJson({ folder: trained.folder, reused: trained.reused, ...trained.record });
    else print(describeTraining(trained));
    return 0;
  },
});
