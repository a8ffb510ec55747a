/** Tokenizers' patterns are programs that come with a model's files: they get a time to end in. */
import { createContext, Script } from "node:vm";
import { reasonOf } from "../files/json.ts";
import { UserError } from "../files/userError.ts";

const sandbox: { work?: (() => unknown) | undefined } = createContext({}), script = new Script("work()");

/** What `work` gives; a UserError that begins with `what` where it fails, or takes longer than `limitMs`, when it is ended wherever it is. */
export function bounded<T>(what: string, limitMs: number, work: () => T): T {
  const outer = sandbox.work;
  sandbox.work = work;
  try {
    return script.runInContext(sandbox, { timeout: limitMs }) as T; // the limit holds for all that is called, regular expressions included
  } catch (error) {
    if (error instanceof UserError) throw error;
    const endless = (error as { code?: unknown }).code === "ERR_SCRIPT_EXECUTION_TIMEOUT";
    throw new UserError(`${what}: ${endless ? `does not end within ${limitMs / 1000} s` : reasonOf(error)}; fetch the file again`, 1, { cause: error });
  } finally {
    sandbox.work = outer;
  }
}
