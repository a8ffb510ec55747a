import { UserError } from "../files/userError.ts";
import { command, print, printJson } from "./command.ts";
import { options } from "./options.ts";

const shownFaults = 10;

export const verify = command({
  usage: "verify <folder>",
  describe: "Check every hash and count of a run folder",
  build: (yargs) => yargs.positional("folder", { describe: "the run folder", type: "string", demandOption: true }).option("json", options.json),
  async run({ folder, json }) {
    const { verifyRun } = await import("../harness/verify.ts"), { ok, checks, notes } = await verifyRun(folder);
    if (json) printJson({ ok, checks, notes });
    else {
      for (const { name, checked, faults } of checks) {
        print(`${faults.length === 0 ? "ok  " : "FAIL"} ${name} (${checked})`);
        for (const fault of faults.slice(0, shownFaults)) print(`     ${fault}`);
        if (faults.length > shownFaults) print(`     and ${faults.length - shownFaults} more`);
      }
      for (const note of notes) print(`note: ${note}`);
    }
    if (!ok) throw new UserError(`${folder}: ${checks.reduce((sum, { faults }) => sum + faults.length, 0)} faults, first: ${checks.flatMap(({ faults }) => faults)[0]}`);
    return 0;
  },
});
