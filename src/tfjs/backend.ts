import { UserError } from "../files/userError.ts";
import type { Tensorflow } from "./kernel.ts";

/** Where TensorFlow.js computes: in JavaScript, in WebAssembly, or natively on an NVIDIA GPU. */
export type TfjsBackend = "cpu" | "wasm" | "cuda";

/** Packages a backend needs beyond @tensorflow/tfjs, none of them installed by default. */
const PACKAGES = { wasm: "@tensorflow/tfjs-backend-wasm", cuda: "@tensorflow/tfjs-node-gpu" } as const;

async function optional(backend: keyof typeof PACKAGES): Promise<unknown> {
  const name: string = PACKAGES[backend];
  try {
    return await import(name);
  } catch (error) {
    throw new UserError(`the tfjs engine on ${backend} needs ${name}, which cannot be loaded (${(error as Error).message.split("\n")[0]}); npm install ${name}, or choose --device cpu`, 2, { cause: error });
  }
}

/** Loads TensorFlow.js (a second or more, so only when first needed) and makes a backend current; a UserError where its package is missing. */
export async function loadTensorflow(backend: TfjsBackend): Promise<Tensorflow> {
  if (backend === "cuda") {
    const native = (await optional("cuda")) as Tensorflow & { default?: Tensorflow };
    return native.default ?? native;
  }
  const tf = await import("@tensorflow/tfjs");
  if (backend === "wasm") await optional("wasm");
  // Silences the advice to install other packages, and checks meant for development.
  tf.enableProdMode();
  if (!(await tf.setBackend(backend))) throw new UserError(`TensorFlow.js could not start its ${backend} backend`);
  return tf;
}
