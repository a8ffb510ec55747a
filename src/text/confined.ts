/** Chat templates, and tokenizers as they are made, are programs that come with a model's files, and large JSON can fill memory: they run in threads of their own, which get a time to end in and so much memory. */
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

const library = { template: "@huggingface/jinja", tokenizer: "@huggingface/tokenizers" } as const;

interface Thread { readonly kind: Kind; readonly worker: Worker; readonly port: MessagePort; readonly flag: Int32Array }

const threads = new Map<Kind, Thread>();

/** The thread's next answer; undefined, and the thread ended, where none comes in time. */
function answerOf({ kind, worker, port, flag }: Thread, limitMs: number): { readonly text: string } | { readonly error: string } | undefined {
  if (Atomics.wait(flag, 0, 0, limitMs) === "timed-out") {
    void worker.terminate();
    threads.delete(kind);
    return undefined;
  }
  Atomics.store(flag, 0, 0);
  return (receiveMessageOnPort(port) as { readonly message: { readonly text: string } | { readonly error: string } }).message;
}

function started(kind: Kind): Thread {
  const running = threads.get(kind);
  if (running) return running;
  const { port1, port2 } = new MessageChannel(), flag = new Int32Array(new SharedArrayBuffer(4));
  const worker = new Worker(program, {
    eval: true, execArgv: [], resourceLimits: { maxOldGenerationSizeMb: memory[kind], maxYoungGenerationSizeMb: 32 },
    workerData: { port: port2, flag, library: createRequire(import.meta.url).resolve(library[kind]) }, transferList: [port2],
  });
  worker.on("error", () => {}); // a thread out of memory: its asker is told by the time
  worker.unref();
  port1.unref();
  const thread = { kind, worker, port: port1, flag };
  threads.set(kind, thread);
  if (answerOf(thread, STARTING) === undefined) throw new Error(`the thread for a ${kind} did not start within ${STARTING / 1000} s`);
  return thread;
}

function confined(kind: Kind, what: string, limitMs: number, request: object): string {
  const asked = started(kind);
  asked.port.postMessage(request);
  const answer = answerOf(asked, limitMs);
  if (answer !== undefined && "text" in answer) return answer.text;
  throw new UserError(`${what}: ${answer === undefined ? `does not end within ${limitMs / 1000} s and ${memory[kind]} MiB` : answer.error}; fetch the file again`);
}

/** A template's text for given values; a UserError that begins with `what` where it fails, takes longer than `limitMs` or fills its memory. */
export const renderConfined = (what: string, limitMs: number, source: string, values: object): string => confined("template", what, limitMs, { source, values });

/** Parses JSON of a tokenizer's files and forgets it; a UserError that begins with `what` where that fails, takes longer than `limitMs` or fills its memory. */
export const tryJson = (what: string, limitMs: number, text: string): void => void confined("tokenizer", what, limitMs, { text });

/** Makes a tokenizer of a tokenizer.json and forgets it; a UserError that begins with `what` where that fails, takes longer than `limitMs` or fills its memory. */
export const tryTokenizer = (what: string, limitMs: number, json: object, config: object): void => void confined("tokenizer", what, limitMs, { json, config });
