import { command, print } from "./command.ts";
import { options } from "./options.ts";

export const exportAligner = command({
  usage: "export <aligner>",
  describe: "Save a trained aligner as the authors' .pth checkpoint",
  build: (yargs) => yargs
    .positional("aligner", { describe: "an aligner's folder (npm run train says where it lies) or file of tensors", type: "string", demandOption: true })
    .option("out", { ...options.out, describe: "the file to write, such as aligner.pth", demandOption: true }),
  async run({ aligner, out }) {
    const names = (await import("../harness/aligner/exportPth.ts")).exportPth(aligner, out);
    print(`${out}: ${names.join(", ")}`);
    return 0;
  },
});
