/** From a command line to an exit code: 0 done, 1 failed, 2 wrong usage, 3 some samples invalid, 130 interrupted. */
import yargs, { type ArgumentsCamelCase, type Argv } from "yargs";
import { UserError } from "../files/userError.ts";
import { ablate } from "./ablate.ts";
import { benchCobsat } from "./benchCobsat.ts";
import { benchCompose } from "./benchCompose.ts";
import { cobsat } from "./cobsat.ts";
import { tell, type Command, type Context, type Group } from "./command.ts";
import { compare } from "./compare.ts";
import { compose } from "./compose.ts";
import { doctor } from "./doctor.ts";
import { exportAligner } from "./export.ts";
import { fetch } from "./fetch.ts";
import { inspect } from "./inspect.ts";
import { parity } from "./parity.ts";
import { plan } from "./plan.ts";
import { pretrain } from "./pretrain.ts";
import { report } from "./report.ts";
import { train } from "./train.ts";
import { verify } from "./verify.ts";

const commands: readonly (Command | Group)[] = [benchCobsat, benchCompose, ablate, train, compose, pretrain, cobsat, parity, inspect, report, verify, compare, doctor, plan, fetch, exportAligner];

const interrupted = 130;

const word = ({ usage }: { readonly usage: string }): string => usage.split(" ")[0]!;

interface Chosen { readonly command: Command; readonly args: ArgumentsCamelCase }

/** One line for a mistake that yargs found in a command line of this usage; `known` lists the options or commands there are. */
function usageError(usage: string, message: string, known: readonly string[]): UserError {
  const line = message.replace(/\s*\n\s*/g, " ").trim();
  return new UserError(/^unknown/i.test(line) ? `${usage}: ${line.toLowerCase()}; known are ${known.join(", ")}` : line.startsWith("--") ? line : `${usage}: ${line}`, 2);
}

/** The long options of a parser, as they are typed. */
function optionNames(parser: Argv): string[] {
  const { key } = (parser as unknown as { getOptions(): { key: Readonly<Record<string, unknown>> } }).getOptions();
  return Object.keys(key).filter((name) => !/[A-Z]/.test(name)).map((name) => `--${name}`);
}

/** Reads the command line; undefined where help or the version was asked for and printed. Throws a UserError of exit code 2. */
async function choose(argv: readonly string[]): Promise<Chosen | undefined> {
  let chosen: Chosen | undefined, refused: UserError | undefined;
  const fail = (usage: string, known: () => string[]) => (message: string | null, error?: Error): void => {
    refused ??= error instanceof UserError ? error : usageError(usage, message ?? error?.message ?? "the command line cannot be read", known());
  };
  const add = (parser: Argv, { usage, describe, build, run }: Command): Argv => parser.command(usage, describe, (inner) => {
    const built = build(inner).strict();
    return built.fail(fail(usage, () => optionNames(built)));
  }, (args) => void (chosen = { command: { usage, describe, build, run }, args }));
  const names = (list: readonly { readonly usage: string }[]): string[] => list.map(word);

  let parser: Argv = yargs([...argv]).scriptName("tsx src/cli.ts").exitProcess(false).wrap(110).strict().version(false)
    .option("debug", { boolean: true, default: false, describe: "show the stack of an unexpected error", global: true })
    .demandCommand(1, `expected one of ${names(commands).join(", ")}`).fail(fail("<command>", () => names(commands))) as Argv;
  for (const entry of commands) {
    parser = "commands" in entry
      ? parser.command(entry.usage, entry.describe, (inner) => entry.commands.reduce(add, inner).demandCommand(1, `expected ${names(entry.commands).join(" or ")}`).strict().fail(fail(entry.usage, () => names(entry.commands))))
      : add(parser, entry);
  }
  await parser.parseAsync();
  if (refused !== undefined) throw refused;
  return chosen;
}

/** Ctrl-C ends the process with 130 at once, unless the command asked for the signal; the second one always does. */
function interruption(): Context & { readonly signal: AbortSignal; stop(): void } {
  const controller = new AbortController();
  let asked = false;
  const onInterrupt = (): void => {
    if (!asked || controller.signal.aborted) process.exit(interrupted);
    tell("interrupted: finishing what runs; once more ends at once");
    controller.abort();
  };
  process.on("SIGINT", onInterrupt);
  return {
    signal: controller.signal,
    interruptible() {
      asked = true;
      return controller.signal;
    },
    stop: () => void process.off("SIGINT", onInterrupt),
  };
}

/** Runs a command line and gives its exit code; what failed is told in one message on stderr. */
export async function main(argv: readonly string[]): Promise<number> {
  const context = interruption();
  try {
    const chosen = await choose(argv);
    return chosen ? await chosen.command.run(chosen.args, context) : 0;
  } catch (error) {
    if (context.signal.aborted) return interrupted;
    if (argv.includes("--debug")) tell(error instanceof Error ? error.stack ?? error.message : String(error));
    else if (error instanceof UserError) tell(error.message);
    else tell(`unexpected error: ${(error instanceof Error ? error.message : String(error)).split("\n")[0]}; --debug shows the stack`);
    return error instanceof UserError ? error.exitCode : 1;
  } finally {
    context.stop();
  }
}
