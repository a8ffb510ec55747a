import { existsSync } from "node:fs";
import { join } from "node:path";
import { UserError } from "../files/userError.ts";
import { command, tell } from "./command.ts";
import { options } from "./options.ts";

const assets = "assets/micro", cache = ".cache/micro", secondsBetweenCheckpoints = 120;

export const pretrain = command({
  usage: "pretrain <model>",
  describe: "Make a micro base model again, from nothing; goes on where it was interrupted",
  build: (yargs) => yargs
    .positional("model", { describe: "a model's name, or all", type: "string", demandOption: true })
    .option("restart", { describe: "forget unfinished work", type: "boolean", default: false })
    .option("engine", options.engine).option("device", options.device),
  async run({ model, restart, engine, device }, context) {
    const { recipes } = await import("../micro/pretraining/recipes.ts"), known = Object.keys(recipes);
    if (model !== "all" && !known.includes(model)) throw new UserError(`model ${JSON.stringify(model)} is unknown; known are ${known.join(", ")} and all`, 2);
    const { discardCheckpoint, pretrain: train, weightFile } = await import("../micro/pretraining/run.ts");
    const { startProgress } = await import("../harness/progress.ts"), { executorFor } = await import("../harness/executor.ts");
    const executor = await executorFor({ engine, device }), signal = context.interruptible();
    for (const name of model === "all" ? known : [model]) {
      const recipe = recipes[name]!(assets), missing = recipe.needs.map((need) => join(assets, need, weightFile({ name: need }))).filter((file) => !existsSync(file));
      if (missing.length > 0) throw new UserError(`${name} is made from the weights of ${recipe.needs.join(", ")}; missing: ${missing.join(", ")}; make them first, or everything with npm run pretrain -- all`);
      if (restart) discardCheckpoint(cache, name);
      let progress: ReturnType<typeof startProgress> | undefined;
      const done = await train(recipe, {
        executor, assets, cache, every: secondsBetweenCheckpoints, signal,
        progress: (text) => tell(`${name}: ${text}`),
        onStep: (step, steps) => (progress ??= startProgress(name, steps, { alreadyDone: step })).at(step + 1),
      });
      progress?.finish();
      if (!done) {
        tell(`${name}: interrupted; the same command goes on from ${cache}/${name}`);
        return 130;
      }
      tell(`${name}: written to ${assets}/${name}`);
    }
    return 0;
  },
});
