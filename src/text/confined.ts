/** Chat templates are programs that come with a model's files: they run in a thread of their own, which gets a time to end in and so much memory. */
import { createRequire } from "node:module";
import { MessageChannel, receiveMessageOnPort, Worker, type MessagePort } from "node:worker_threads";
import { UserError } from "../files/userError.ts";

/** Of a thread's values, in MiB; far above what any published template needs. */
const MEMORY = 128;

/** Milliseconds that the thread may take to start. */
const STARTING = 30_000;

/** Renders a template, each parsed once; the flag says that there is an answer. */
const program = `
const { workerData: { port, flag, jinja } } = require("node:worker_threads"), { Template } = require(jinja), parsed = new Map();
const answer = (given) => { port.postMessage(given); Atomics.store(flag, 0, 1); Atomics.notify(flag, 0); };
port.on("message", ({ source, values }) => {
  try {
    if (!parsed.has(source)) parsed.set(source, new Template(source));
    answer({ text: parsed.get(source).render(values) });
  } catch (error) {
    answer({ error: String(error?.message ?? error).split("\\n")[0] });
  }
});
answer({ text: "" });`;

interface Thread { readonly worker: Worker; readonly port: MessagePort; readonly flag: Int32Array }

let thread: Thread | undefined;

/** The thread's next answer; undefined, and the thread ended, where none comes in time. */
function answerOf({ worker, port, flag }: Thread, limitMs: number): { readonly text: string } | { readonly error: string } | undefined {
  if (Atomics.wait(flag, 0, 0, limitMs) === "timed-out") {
    void worker.terminate();
    thread = undefined;
    return undefined;
  }
  Atomics.store(flag, 0, 0);
  return (receiveMessageOnPort(port) as { readonly message: { readonly text: string } | { readonly error: string } }).message;
}

function started(): Thread {
  if (thread) return thread;
  const { port1, port2 } = new MessageChannel(), flag = new Int32Array(new SharedArrayBuffer(4));
  const worker = new Worker(program, {
    eval: true, execArgv: [], resourceLimits: { maxOldGenerationSizeMb: MEMORY, maxYoungGenerationSizeMb: 32 },
    workerData: { port: port2, flag, jinja: createRequire(import.meta.url).resolve("@huggingface/jinja") }, transferList: [port2],
  });
  worker.on("error", () => {}); // a thread out of memory: its asker is told by the time
  worker.unref();
  port1.unref();
  thread = { worker, port: port1, flag };
  if (answerOf(thread, STARTING) === undefined) throw new Error(`the thread for chat templates did not start within ${STARTING / 1000} s`);
  return thread;
}

/** A template's text for given values; a UserError that begins with `what` where it fails, takes longer than `limitMs` or fills its memory. */
export function renderConfined(what: string, limitMs: number, source: string, values: object): string {
  const asked = started();
  asked.port.postMessage({ source, values });
  const answer = answerOf(asked, limitMs);
  if (answer !== undefined && "text" in answer) return answer.text;
  throw new UserError(`${what}: ${answer === undefined ? `does not end within ${limitMs / 1000} s and ${MEMORY} MiB` : answer.error}; fetch the file again`);
}
