import { UserError } from "../files/userError.ts";
import { paperModels, type PaperPart, type PublishedModel } from "../harness/profiles/paperModels.ts";
import { command, print, printJson, tell } from "./command.ts";
import { choices, options } from "./options.ts";

const parts = Object.keys(paperModels) as PaperPart[];

export const fetch = command({
  usage: "fetch <profile>",
  describe: "Download what a profile needs into Hugging Face's cache",
  build: (yargs) => yargs
    .positional("profile", { describe: "micro | paper", type: "string", demandOption: true })
    .options({
      parts: { ...choices("parts", parts, "models to fetch"), defaultDescription: "all" },
      check: { boolean: true, default: false, describe: "hash the files that are there already, too" },
      "dry-run": { boolean: true, default: false, describe: "say what would be downloaded, and stop" },
      json: options.json,
    })
    .epilogue("HF_TOKEN: your token, for gated models. HF_HOME: where the cache lies. HF_HUB_OFFLINE=1: only check what is there. HF_ENDPOINT: another hub."),
  async run({ profile, parts: chosen = parts, check, dryRun, json }, context) {
    const { profileNames } = await import("../harness/profile.ts");
    if (!(profileNames as readonly string[]).includes(profile)) throw new UserError(`unknown profile ${JSON.stringify(profile)}; expected one of ${profileNames.join(", ")}`, 2);
    const { hubOf } = await import("../weights/hub/hub.ts"), { fetchModels } = await import("../harness/fetch/fetchModels.ts"), hub = { ...hubOf(), signal: context.interruptible() };
    const models: readonly PublishedModel[] = profile === "micro" ? [] : chosen.map((part) => paperModels[part]);
    if (models.length === 0) tell("micro comes with the repository: nothing to download");
    const repositories = models.length === 0 ? [] : await fetchModels(models, { hub, tell, rehash: check, dryRun });
    if (json) printJson({ profile, cache: hub.cache, repositories });
    else for (const { repo, files, downloadedBytes, error } of repositories) print(`${error === undefined ? "ok  " : "FAIL"} ${repo}: ${error ?? `${files} files, ${(downloadedBytes / 1e6).toFixed(1)} MB downloaded`}`);
    const failed = repositories.filter(({ error }) => error !== undefined);
    if (failed.length > 0) throw new UserError(`${failed.length} of ${repositories.length} repositories are not complete: ${failed.map(({ repo }) => repo).join(", ")}; the same command goes on with them`);
    return 0;
  },
});
