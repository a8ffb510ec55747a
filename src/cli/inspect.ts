import { UserError } from "../files/userError.ts";
import type { Inspection } from "../harness/inspect/inspect.ts";
import { command, print, printJson } from "./command.ts";
import { options } from "./options.ts";

function show({ tensors, parameters, model, note, alone, comparisons }: Inspection): void {
  for (const { name, shape, dtype, begin, end } of tensors) print(`${name} [${shape.join(", ")}]${dtype === undefined ? "" : ` ${dtype} bytes ${begin}-${end}`}`);
  print(`${tensors.length} tensors, ${parameters.toLocaleString("en")} elements${model === undefined ? "" : `, model ${model}`}`);
  if (note !== undefined) print(`not compared with a model: ${note}`);
  if (alone !== undefined) print(`only its part ${alone}* was read: shards of other parts are missing`);
  for (const { what, difference: { lines } } of comparisons) [`${what}: ${lines.length === 0 ? "same names and shapes" : "FAIL"}`, ...lines.map((line) => `  ${line}`)].forEach(print);
}

export const inspect = command({
  usage: "inspect <path>",
  describe: "List a checkpoint's tensors and compare them with what the model declares",
  build: (yargs) => yargs
    .positional("path", { describe: "a checkpoint folder or file, an index of shards, a diffusers pipeline's folder, or a config.json", type: "string", demandOption: true })
    .option("manifest", { describe: "a list of tensors to compare with, {\"tensors\": [[name, shape], ...]}", type: "string" })
    .option("json", options.json),
  async run({ path, manifest, json }) {
    const { inspect: inspectOne, inspectPipeline } = await import("../harness/inspect/inspect.ts"), parts = inspectPipeline(path);
    if (parts && manifest !== undefined) throw new UserError("--manifest compares one model; name a folder of the pipeline", 2);
    const all = parts?.map(({ inspection }) => inspection) ?? [inspectOne(path, manifest)];
    if (json) printJson(parts ? Object.fromEntries(parts.map(({ name, inspection }) => [name, inspection])) : all[0]);
    else if (parts) for (const { name, inspection } of parts) { print(`${name}:`); show(inspection); }
    else show(all[0]!);
    const different = all.flatMap(({ path: own, comparisons }) => comparisons.filter(({ difference }) => difference.lines.length > 0).map(({ what, difference }) => `${parts ? `${own}: ` : ""}${what}: ${difference.lines[0]}`));
    if (different.length > 0) throw new UserError(different.join("; "));
    return 0;
  },
});
