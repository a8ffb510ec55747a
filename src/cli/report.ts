import { command, print, printJson } from "./command.ts";
import { options } from "./options.ts";

export const report = command({
  usage: "report <folder>",
  describe: "Write a run folder's summary.json and report.html again from its records",
  build: (yargs) => yargs.positional("folder", { describe: "the run folder", type: "string", demandOption: true }).option("json", options.json),
  async run({ folder, json }) {
    const { renderReport, reportFile } = await import("../harness/report/render.ts"), summary = await renderReport(folder);
    if (json) printJson(summary);
    else print(`${reportFile(folder)}: ${summary.finished} of ${summary.planned} samples`);
    return 0;
  },
});
