/**
 * A small model's sessions side by side, each in a worker thread and with its share of the threads: runs called together then need not wait for each other
 * at every op, as threads that share ops do. What a run computes is the same to the byte.
 */
import { createRequire } from "node:module";
import { Worker } from "node:worker_threads";
import type { InferenceSession } from "onnxruntime-node";
import type { Program, Tensors } from "../graph/executor.ts";
import type { Tensor } from "../graph/tensor.ts";

const IDLE = 0, WORKING = 1;

/** The lanes that may be at work. A thread that is stopped amid a run takes the process with it, so whatever ends the process first waits for them, for so many milliseconds at most. */
const open = new Set<Int32Array>(), LONGEST_WAIT = 10_000;
process.on("exit", () => { for (const at of open) Atomics.wait(at, 0, WORKING, LONGEST_WAIT); });

/** Makes a session and says so, then answers feeds with results; `at` tells all threads whether it is at work. */
const program = `
const { parentPort, workerData: { library, path, settings, at } } = require("node:worker_threads"), { InferenceSession, Tensor } = require(library);
const each = (tensors, made) => Object.fromEntries(Object.entries(tensors).map(([name, tensor]) => [name, made(tensor)]));
const answer = (work) => work.then((results) => ({ results }), (error) => ({ error: String(error?.message ?? error) })).then((answer) => {
  Atomics.store(at, 0, ${IDLE});
  Atomics.notify(at, 0);
  parentPort.postMessage(answer);
});
const session = InferenceSession.create(path, settings);
answer(session.then(() => ({})));
parentPort.on("message", (feeds) => answer(session.then((opened) => opened.run(each(feeds, ({ dtype, data, shape }) => new Tensor(dtype, data, shape)))).then((results) => each(results, ({ type: dtype, dims: shape, data }) => ({ dtype, shape, data })))));`;

type Answer = { readonly results: Tensors } | { readonly error: string };

interface Asked { readonly resolve: (results: Tensors) => void; readonly reject: (error: Error) => void }

/** A worker thread, asked one thing at a time. */
class Lane {
  readonly #worker: Worker;
  readonly #at = new Int32Array(new SharedArrayBuffer(4));
  #asked!: Asked;
  #answered!: Promise<Tensors>;
  #ended: Error | undefined;
  /** The session is made. */
  readonly ready: Promise<Tensors>;

  constructor(path: string, settings: InferenceSession.SessionOptions) {
    this.ready = this.#answer();
    open.add(this.#at);
    this.#worker = new Worker(program, { eval: true, execArgv: [], workerData: { library: createRequire(import.meta.url).resolve("onnxruntime-node"), path, settings, at: this.#at } });
    this.#worker.on("message", (answer: Answer) => {
      this.#worker.unref(); // an idle lane does not keep the process alive
      if ("results" in answer) this.#asked.resolve(answer.results);
      else this.#asked.reject(new Error(answer.error));
    });
    this.#worker.on("error", (error) => this.#end(error));
    this.#worker.on("exit", (code) => this.#end(new Error(`a thread that runs a model ended with code ${code}`)));
  }

  #answer(): Promise<Tensors> {
    Atomics.store(this.#at, 0, WORKING);
    return this.#answered = new Promise((resolve, reject) => { this.#asked = { resolve, reject }; });
  }

  #end(error: Error): void {
    open.delete(this.#at);
    this.#ended ??= error;
    this.#asked.reject(this.#ended);
  }

  run(feeds: Tensors): Promise<Tensors> {
    if (this.#ended) return Promise.reject(this.#ended);
    const answer = this.#answer();
    this.#worker.ref();
    this.#worker.postMessage(Object.fromEntries(Object.entries(feeds).map(([name, tensor]) => [name, apart(tensor)])));
    return answer;
  }

  /** Ends the thread once what it was asked is answered; what is asked later is refused. */
  async end(): Promise<void> {
    this.#ended ??= new Error("a thread that runs a model was ended");
    await this.#answered.catch(() => {});
    await this.#worker.terminate();
  }
}

/** A tensor whose data is no view: of a view the whole buffer would be sent. */
const apart = ({ dtype, shape, data }: Tensor): Tensor => ({ dtype, shape, data: data.byteLength < data.buffer.byteLength ? data.slice() : data });

/** Opens the model at `path` in `count` lanes; `settings` are those of each lane's session. Runs beyond the lanes wait for one. */
export async function openLanes<Output extends string>(path: string, settings: InferenceSession.SessionOptions, count: number): Promise<Program<Output> & { readonly lanes: number }> {
  const all = Array.from({ length: count }, () => new Lane(path, settings)), free = [...all], waiting: ((lane: Lane) => void)[] = [];
  const release = async () => void (await Promise.all(all.map((lane) => lane.end())));
  try {
    await Promise.all(all.map(({ ready }) => ready));
  } catch (error) {
    await release();
    throw error;
  }
  return {
    lanes: count,
    async run(feeds) {
      const lane = free.pop() ?? await new Promise<Lane>((resolve) => { waiting.push(resolve); });
      try {
        return await lane.run(feeds) as Record<Output, Tensor>;
      } finally {
        const next = waiting.shift();
        if (next) next(lane);
        else free.push(lane);
      }
    },
    release,
  };
}
