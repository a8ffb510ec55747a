/**
 * Chat templates, and tokenizers as they are made, are programs that come with a model's files, and large JSON can fill memory: they run in threads of their own,
 * which get a time to end in and so much memory. Their asker waits without an event loop, in which it would hear of a thread's end: a second thread watches each.
 */
import { createRequire } from "node:module";
import { MessageChannel, receiveMessageOnPort, Worker, type MessagePort } from "node:worker_threads";
import { UserError } from "../files/userError.ts";

/** Memory of each thread, in MiB; far above what any published file needs. */
const memory = { template: 128, tokenizer: 1024 } as const;
type Kind = keyof typeof memory;

/** Milliseconds that the thread may take to start. */
const STARTING = 30_000;

/** Renders a template, each parsed once, or parses JSON, or makes a tokenizer; the flag says that there is an answer. */
const program = `
const { workerData: { port, flag, library } } = require("node:worker_threads"), { Template, Tokenizer } = require(library), parsed = new Map();
const answer = (given) => { port.postMessage(given); Atomics.store(flag, 0, 1); Atomics.notify(flag, 0); };
port.on("message", ({ source, values, text, json, config }) => {
  try {
    if (text !== undefined) return answer((JSON.parse(text), { text: "" }));
    if (Tokenizer) return answer((new Tokenizer(json, config), { text: "" }));
    if (!parsed.has(source)) parsed.set(source, new Template(source));
    answer({ text: parsed.get(source).render(values) });
  } catch (error) {
    const reason = String(error?.message ?? error).split("\\n")[0];
    answer({ error: text !== undefined ? "not JSON (" + reason + ")" : Tokenizer ? "not a tokenizer that can be used (" + reason + ")" : reason });
  }
});
answer({ text: "" });`;

/** What the flag says: nothing yet, that there is an answer, that the thread filled its memory, that it ended otherwise. */
const flags = { waiting: 0, answered: 1, full: 2, ended: 3 } as const;

/** Runs the program in a thread of limited memory, and says by the flag how that thread ended. */
const watcher = `
const { Worker, workerData: { program, port, flag, library, resourceLimits } } = require("node:worker_threads");
const end = (how) => { Atomics.compareExchange(flag, 0, ${flags.waiting}, how); Atomics.notify(flag, 0); };
process.on("exit", () => end(${flags.ended}));
const worker = new Worker(program, { eval: true, execArgv: [], resourceLimits, workerData: { port, flag, library }, transferList: [port] });
worker.on("error", (error) => end(error?.code === "ERR_WORKER_OUT_OF_MEMORY" ? ${flags.full} : ${flags.ended}));`;

const library = { template: "@huggingface/jinja", tokenizer: "@huggingface/tokenizers" } as const;

interface Thread { readonly kind: Kind; readonly worker: Worker; readonly port: MessagePort; readonly flag: Int32Array }

const threads = new Map<Kind, Thread>();

type Answer = { readonly text: string } | { readonly error: string };

/** The thread's next answer; where none comes, the thread is ended and that it took too long, or how it ended, is the error. */
function answerOf({ kind, worker, port, flag }: Thread, limitMs: number): Answer {
  Atomics.wait(flag, 0, flags.waiting, limitMs);
  const said = Atomics.exchange(flag, 0, flags.waiting);
  if (said === flags.answered) return (receiveMessageOnPort(port) as { readonly message: Answer }).message;
  void worker.terminate();
  threads.delete(kind);
  return { error: said === flags.waiting ? `does not end within ${limitMs / 1000} s` : said === flags.full ? `fills ${memory[kind]} MiB` : "ends the thread that works on it" };
}

function started(kind: Kind): Thread {
  const running = threads.get(kind);
  if (running && Atomics.load(running.flag, 0) === flags.waiting) return running;
  const { port1, port2 } = new MessageChannel(), flag = new Int32Array(new SharedArrayBuffer(4));
  const worker = new Worker(watcher, {
    eval: true, execArgv: [], transferList: [port2],
    workerData: { program, port: port2, flag, library: createRequire(import.meta.url).resolve(library[kind]), resourceLimits: { maxOldGenerationSizeMb: memory[kind], maxYoungGenerationSizeMb: 32 } },
  });
  worker.on("error", () => {}); // the flag has told it
  worker.unref();
  port1.unref();
  const thread = { kind, worker, port: port1, flag };
  threads.set(kind, thread);
  const answer = answerOf(thread, STARTING);
  if ("error" in answer) throw new Error(`the thread for a ${kind} did not start: it ${answer.error}`);
  return thread;
}

function confined(kind: Kind, what: string, limitMs: number, request: object): string {
  const asked = started(kind);
  asked.port.postMessage(request);
  const answer = answerOf(asked, limitMs);
  if ("text" in answer) return answer.text;
  throw new UserError(`${what}: ${answer.error}; fetch the file again`);
}

/** A template's text for given values; a UserError that begins with `what` where it fails, takes longer than `limitMs` or fills its memory. */
export const renderConfined = (what: string, limitMs: number, source: string, values: object): string => confined("template", what, limitMs, { source, values });

/** Parses JSON of a tokenizer's files and forgets it; a UserError that begins with `what` where that fails, takes longer than `limitMs` or fills its memory. */
export const tryJson = (what: string, limitMs: number, text: string): void => void confined("tokenizer", what, limitMs, { text });

/** Makes a tokenizer of a tokenizer.json and forgets it; a UserError that begins with `what` where that fails, takes longer than `limitMs` or fills its memory. */
export const tryTokenizer = (what: string, limitMs: number, json: object, config: object): void => void confined("tokenizer", what, limitMs, { json, config });
