import { UserError } from "../files/userError.ts";
import { command, print, printJson } from "./command.ts";
import { options } from "./options.ts";

export const inspect = command({
  usage: "inspect <path>",
  describe: "List a checkpoint's tensors and compare them with what the model declares",
  build: (yargs) => yargs
    .positional("path", { describe: "a checkpoint folder or file, or a config.json", type: "string", demandOption: true })
    .option("manifest", { describe: "a list of tensors to compare with, {\"tensors\": [[name, shape], ...]}", type: "string" })
    .option("json", options.json),
  async run({ path, manifest, json }) {
    const found = (await import("../harness/inspect/inspect.ts")).inspect(path, manifest);
    if (json) printJson(found);
    else {
      for (const { name, shape, dtype, begin, end } of found.tensors) print(`${name} [${shape.join(", ")}]${dtype === undefined ? "" : ` ${dtype} bytes ${begin}-${end}`}`);
      print(`${found.tensors.length} tensors, ${found.parameters.toLocaleString("en")} elements${found.model === undefined ? "" : `, model ${found.model}`}`);
      if (found.note !== undefined) print(`not compared with a model: ${found.note}`);
      for (const { what, difference: { lines } } of found.comparisons) [`${what}: ${lines.length === 0 ? "same names and shapes" : "FAIL"}`, ...lines.map((line) => `  ${line}`)].forEach(print);
    }
    const different = found.comparisons.filter(({ difference }) => difference.lines.length > 0);
    if (different.length > 0) throw new UserError(`${different.map(({ what, difference }) => `${what}: ${difference.lines[0]}`).join("; ")}`);
    return 0;
  },
});
