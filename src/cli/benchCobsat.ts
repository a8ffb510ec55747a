import { command } from "./command.ts";
import { continuing, decimal, options, paying } from "./options.ts";

export const benchCobsat = command({
  usage: "bench:cobsat",
  describe: "Score ThinkDiff-LVLM and the arms around it on CoBSAT",
  build: (yargs) => yargs.options({
    ...options,
    retrain: { boolean: true, default: false, describe: "train the aligner even where one of the same identity exists" },
    "price-per-image": decimal("price-per-image", "what the image server of the arm http takes for a picture"),
    ...paying,
    ...continuing,
  }),
  async run({ profile, models, datasets, pictures, shots, tasks, samples, arms, seed, seeds, steps, stage, shard, out, engine, device, json, retrain, continueWithOtherCode, pricePerImage, pricePerQuestion, yes }, context) {
    const { benchCobsat: bench } = await import("../harness/benchCobsat/benchCobsat.ts"), { profileOf } = await import("../harness/profiles/profileOf.ts"), { givenArguments, paid, printScores } = await import("./scores.ts");
    const asked = { shots, tasks: tasks?.map(({ id }) => id), samples, arms, seed, seeds, steps, stage, shard, out, engine, device, retrain, continueWithOtherCode };
    return printScores(await bench({ ...asked, profile: profileOf(profile, { models, datasets, pictures }), arguments: givenArguments({ profile, models, datasets, pictures, ...asked }), signal: context.interruptible(), ...paid({ pricePerImage, pricePerQuestion, yes }) }), json);
  },
});
