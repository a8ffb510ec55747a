import { basename, join, resolve } from "node:path";
import { command, print, tell, type Group } from "./command.ts";
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

const exported = command({
  usage: "export <run>",
  describe: "Write a finished run's pictures and texts in CoBSAT's result layout, each arm as a model",
  build: (yargs) => yargs
    .positional("run", { describe: "the folder of a finished run of bench:cobsat or ablate", type: "string", demandOption: true })
    .option("out", { ...options.out, describe: "a new folder: results/exps/{arm}_image/... as .jpg (quality 95), those of the text rungs as {arm}_text/... .json", demandOption: true }),
  async run({ run, out }, context) {
    const { exportResults } = await import("../harness/exportResults.ts"), sets = await exportResults(run, out, { signal: context.interruptible() });
    for (const { model, mode, written } of sets) print(`${join(out, "results/exps", `${model}_${mode}`)}: ${written} ${mode === "image" ? "pictures" : "texts"}`);
    for (const { model, mode, without } of sets) if (without > 0) tell(`${model}: ${without} samples are left out, the run made no ${mode === "image" ? "picture" : "text"} of them`);
    return 0;
  },
});

export const cobsat: Group = { usage: "cobsat", describe: "The benchmark itself: its prompts, a judge for anyone's images, and runs in its result layout", commands: [prompts, judge, exported] };
