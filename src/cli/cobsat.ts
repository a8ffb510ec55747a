import { command, print, printJson, type Group } from "./command.ts";
import { options } from "./options.ts";

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
  describe: "Score images that any system made, in CoBSAT's result layout",
  build: (yargs) => yargs
    .positional("folder", { describe: "holds results/exps/{model}_image/shot_{k}/{prompt type}/task_{id}/{prompt}_....jpg", type: "string", demandOption: true })
    .option("judge", { describe: "a CLIP model folder in Hugging Face layout", type: "string", defaultDescription: "the profile's judge" })
    .option("profile", options.profile)
    .option("tasks", options.tasks).option("shots", options.shots).option("samples", options.samples).option("engine", options.engine).option("device", options.device).option("json", options.json),
  async run({ folder, judge: model, profile, tasks, shots, samples, engine, device, json }, context) {
    const { countImages, judgeFolder } = await import("../harness/judgeFolder.ts"), { startProgress } = await import("../harness/progress.ts");
    const { clipJudge } = await import("../cobsat/judge/clipJudge.ts"), { executorFor } = await import("../harness/executor.ts"), { profileOf } = await import("../harness/profiles/profileOf.ts");
    const chosen = { tasks, shots, samples }, total = countImages(folder, chosen), signal = context.interruptible();
    const { openJudge } = await import("../harness/benchCobsat/judging.ts"), { shownValue } = await import("../harness/profile.ts"), own = profileOf(profile), executor = await executorFor({ engine, device });
    const clip = model === undefined ? await openJudge(executor, own, own.judges[0]!) : await clipJudge(executor, model, { prompt: shownValue, batchSize: 1 }), progress = startProgress("judging", total);
    const cells = await judgeFolder(folder, clip, { ...chosen, signal, onImages: (count) => progress.add(count) });
    progress.finish();
    await clip.release();
    if (signal.aborted) return 130;
    if (json) printJson({ judge: { name: clip.name, identity: clip.identity }, cells });
    else for (const c of cells) print(`${c.model} ${c.promptType} ${c.shots} shots ${c.task}: ${c.correct} of ${c.n} correct (${(100 * c.accuracy).toFixed(1)} %), ${c.invalid} invalid`);
    return cells.some(({ invalid }) => invalid > 0) ? 3 : 0;
  },
});

export const cobsat: Group = { usage: "cobsat", describe: "The benchmark itself: its prompts, and a judge for anyone's images", commands: [prompts, judge] };
