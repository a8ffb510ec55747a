import { UserError } from "../files/userError.ts";
import type { AgreementRow } from "../harness/parity/agreement.ts";
import { command, print, printJson, tell } from "./command.ts";
import { options } from "./options.ts";

export const parity = command({
  usage: "parity <pack..>",
  describe: "Compare our models with recorded reference outputs",
  build: (yargs) => yargs
    .positional("pack", { describe: "folders with a pack.json", type: "string", array: true, demandOption: true })
    .option("engine", options.engine).option("device", options.device).option("json", options.json),
  async run({ pack: folders, engine, device, json }) {
    const { checkPack } = await import("../harness/parity/checkPack.ts"), { executorFor } = await import("../harness/executor.ts");
    const executor = await executorFor({ engine, device }), packs: { pack: string; rows: readonly AgreementRow[]; problem?: string }[] = [];
    for (const folder of folders) {
      let rows: readonly AgreementRow[];
      try {
        rows = await checkPack(folder, executor);
      } catch (error) {
        if (!(error instanceof UserError)) throw error;
        tell(error.message);  // the other packs are still checked
        packs.push({ pack: folder, rows: [], problem: error.message });
        continue;
      }
      if (!json) for (const { name, error, tolerance, ok } of rows) print(`${folder}: ${name}: error ${error.toPrecision(3)}, tolerance ${tolerance}: ${ok ? "ok" : "FAIL"}`);
      packs.push({ pack: folder, rows });
    }
    const all = packs.flatMap(({ rows }) => rows), failed = all.filter(({ ok }) => !ok);
    if (json) printJson({ outputs: all.length, failed: failed.length, packs });
    const unchecked = packs.filter(({ problem }) => problem !== undefined).length;
    if (failed.length > 0) throw new UserError(`${failed.length} of ${all.length} outputs differ from the reference by more than their tolerance, first ${failed[0]!.name}`);
    return unchecked > 0 ? 1 : 0;
  },
});
