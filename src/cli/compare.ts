import { command, print, printJson } from "./command.ts";
import { options } from "./options.ts";

export const compare = command({
  usage: "compare <first> <second>",
  describe: "Compare two runs sample by sample",
  build: (yargs) => yargs
    .positional("first", { describe: "a run folder", type: "string", demandOption: true })
    .positional("second", { describe: "the run folder held against it", type: "string", demandOption: true })
    .option("json", options.json),
  async run({ first, second, json }) {
    const { compareRuns, comparisonText } = await import("../harness/compare/compareRuns.ts"), compared = compareRuns(first, second);
    if (json) printJson(compared);
    else print(comparisonText(compared));
    return 0;
  },
});
