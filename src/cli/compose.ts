import { command, print, printJson } from "./command.ts";
import { count, decimal, options } from "./options.ts";

export const compose = command({
  usage: "compose",
  describe: "Draw from images and a text with ThinkDiff-CLIP",
  build: (yargs) => yargs.options({
    image: { string: true, describe: "an image file; give the option again for a further one", coerce: (given: unknown): string[] => (given === undefined ? [] : [given].flat().map(String)) },
    text: { string: true, describe: "what to add, such as \"at the beach\"", default: "" },
    out: { string: true, demandOption: true, describe: "the PNG file to write" },
    seed: options.seed, steps: options.steps, n: count("n", "pictures, each of other noise, on one sheet", 1),
    guidance: decimal("guidance", "FLUX's guidance"),
    profile: options.profile, models: options.models, pictures: options.pictures, engine: options.engine, device: options.device, json: options.json,
  }),
  async run({ image, text, out, seed, steps, n, guidance, profile, models, pictures, engine, device, json }, context) {
    const { compose: draw } = await import("../harness/compose/compose.ts"), { profileOf } = await import("../harness/profiles/profileOf.ts"), { executorFor } = await import("../harness/executor.ts");
    const one = (value: string | readonly string[]): string => (typeof value === "string" ? value : value.at(-1)!), given = <T>(name: string, value: T | undefined) => (value === undefined ? {} : { [name]: value });
    const made = await draw({
      executor: await executorFor({ engine, device }), profile: profileOf(profile, { models, pictures }), images: image ?? [], text: one(text), out: one(out), signal: context.interruptible(),
      ...given("seed", seed), ...given("steps", steps), ...given("n", n), ...given("guidance", guidance),
    });
    if (json) printJson(made);
    else print(`${made.out}: ${made.n === 1 ? "a picture" : `${made.n} pictures`} of ${(image ?? []).join(", ")}${one(text) === "" ? "" : ` and ${JSON.stringify(one(text))}`}, ${made.width} x ${made.height}, seed ${made.seed}, ${made.steps} steps, guidance ${made.guidance}`);
    return 0;
  },
});
