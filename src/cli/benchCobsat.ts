import { command } from "./command.ts";
import { askPerson } from "./confirm.ts";
import { decimal, options } from "./options.ts";

export const benchCobsat = command({
  usage: "bench:cobsat",
  describe: "Score ThinkDiff-LVLM and the arms around it on CoBSAT",
  build: (yargs) => yargs.options({
    profile: options.profile, models: options.models, datasets: options.datasets, pictures: options.pictures, shots: options.shots, tasks: options.tasks, samples: options.samples, arms: options.arms, seed: options.seed, steps: options.steps,
    stage: options.stage, shard: options.shard, out: options.out, engine: options.engine, device: options.device, json: options.json,
    retrain: { boolean: true, default: false, describe: "train the aligner even where one of the same identity exists" },
    "price-per-image": decimal("price-per-image", "what the image server of the arm http takes for a picture"),
    "price-per-question": decimal("price-per-question", "what a judging server takes for an answer, of which a picture needs two"),
    yes: { boolean: true, default: false, describe: "go on at the estimated cost without being asked" },
    "continue-with-other-code": { boolean: true, default: false, describe: "go on with a run that other source code began" },
  }),
  async run({ profile, models, datasets, pictures, shots, tasks, samples, arms, seed, steps, stage, shard, out, engine, device, json, retrain, continueWithOtherCode, pricePerImage, pricePerQuestion, yes }, context) {
    const { benchCobsat: bench } = await import("../harness/benchCobsat/benchCobsat.ts"), { profileOf } = await import("../harness/profiles/profileOf.ts"), { givenArguments, printScores } = await import("./scores.ts");
    const asked = { shots, tasks: tasks?.map(({ id }) => id), samples, arms, seed, steps, stage, shard, out, engine, device, retrain, continueWithOtherCode };
    return printScores(await bench({ ...asked, profile: profileOf(profile, { models, datasets, pictures }), arguments: givenArguments({ profile, models, datasets, pictures, ...asked }), signal: context.interruptible(), prices: { image: pricePerImage, question: pricePerQuestion }, yes, ...(process.stdin.isTTY ? { confirm: askPerson } : {}) }), json);
  },
});
