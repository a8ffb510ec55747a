import { basename, join, resolve } from "node:path";
import { command, print, type Group } from "./command.ts";
import { continuing, options, paying } from "./options.ts";

const prompts = command({
  usage: "prompts",
  describe: "Print CoBSAT's official prompt list as JSON",
  build: (yargs) => yargs,
  async run() {
    const { officialPrompts } = await import("../cobsat/prompts.ts");
    print(`[\n${officialPrompts().map((prompt) => JSON.stringify(prompt)).join(",\n")}\n]`);
    return 0;
  },
});

const judge = command({
  usage: "judge <folder>",
  describe: "Score images that any system made, in CoBSAT's result layout, as a run with its report",
  build: (yargs) => yargs
    .positional("folder", { describe: "holds results/exps/{model}_image/shot_{k}/{prompt type}/task_{id}/{prompt}_....jpg", type: "string", demandOption: true })
    .option("judge", { describe: "a CLIP model folder in Hugging Face layout", type: "string", defaultDescription: "the profile's judges" })
    .options({
      profile: options.profile, models: options.models, datasets: options.datasets, tasks: options.tasks, shots: options.shots, samples: options.samples, engine: options.engine, device: options.device, json: options.json,
      out: { ...options.out, describe: "the run folder; that of a benchmark run puts the arms into its report", defaultDescription: "reports/judged-<folder's name>" },
      ...paying, ...continuing,
    }),
  async run({ folder, judge: model, profile, models, datasets, tasks, shots, samples, engine, device, out, continueWithOtherCode, pricePerQuestion, yes, json }, context) {
    const { judgeFolder } = await import("../harness/judgeFolder.ts"), { profileOf } = await import("../harness/profiles/profileOf.ts"), { shownValue } = await import("../harness/profile.ts"), { givenArguments, paid, printScores } = await import("./scores.ts");
    const own = profileOf(profile, { models, datasets }), chosen = model === undefined ? own : { ...own, models: { ...own.models, judge: model }, judges: [{ kind: "clip" as const, name: "clip", role: "judge" as const, prompt: shownValue }] };
    return printScores(await judgeFolder(folder, {
      profile: chosen, out: out ?? join("reports", `judged-${basename(resolve(folder))}`), engine, device, continueWithOtherCode, signal: context.interruptible(), ...paid({ pricePerQuestion, yes }),
      ...(tasks ? { tasks } : {}), ...(shots ? { shots } : {}), ...(samples === undefined ? {} : { samples }),
      arguments: givenArguments({ folder, judge: model, profile, models, datasets, tasks: tasks?.map(({ id }) => id), shots, samples, engine, device, continueWithOtherCode }),
    }), json);
  },
});

export const cobsat: Group = { usage: "cobsat", describe: "The benchmark itself: its prompts, and a judge for anyone's images", commands: [prompts, judge] };
