import { spawn } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { UserError } from "../../src/files/userError.ts";
import type { Tensors } from "../../src/graph/executor.ts";
import type { Tensor } from "../../src/graph/tensor.ts";
import { openSafetensors, readTensorAsFloat32, writeSafetensors, type TensorToWrite } from "../../src/weights/safetensors.ts";
import type { Workload } from "../workload.ts";

/** PyTorch in a process of its own, which does one step whenever it is told to. */
export interface PyTorch {
  readonly version: string;
  /** Loads a workload and does it once; the result that is compared. */
  load(workload: Workload, feeds: Tensors): Promise<Tensor>;
  /** Does the loaded workload once; the seconds it took. */
  step(): Promise<number>;
  stop(): Promise<void>;
}

const asFile = (tensors: Iterable<readonly [string, Tensor]>): Map<string, TensorToWrite> =>
  new Map([...tensors].map(([name, { dtype, shape, data }]) => [name, { dtype: dtype === "float32" ? "F32" : dtype === "int32" ? "I32" : "BOOL", shape, data }]));

/** Starts Python (PYTHON, or python3); a UserError where torch, transformers or diffusers cannot be imported. */
export async function startPyTorch(threads: number): Promise<PyTorch> {
  const python = process.env["PYTHON"] || "python3", folder = mkdtempSync(join(tmpdir(), "bench-pytorch-"));
  const child = spawn(python, [fileURLToPath(new URL("steps.py", import.meta.url)), String(threads)], { stdio: ["pipe", "pipe", "pipe"] });
  let noise = "";
  child.stderr.on("data", (chunk: Buffer) => { noise = (noise + chunk.toString()).slice(-2000); });
  const ended = new Promise<never>((_, reject) => {
    const fail = (why: string) => { rmSync(folder, { recursive: true, force: true }); reject(new UserError(`PyTorch (${python}): ${why}; it needs torch, transformers and diffusers, and PYTHON may name another interpreter`)); };
    child.on("error", (error) => fail(error.message));
    child.on("exit", () => fail(noise.trim().split("\n").at(-1) ?? "ended"));
  });
  ended.catch(() => {});
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const answer = async (): Promise<Record<string, unknown>> => {
    const line = await Promise.race([lines.next(), ended]);
    return line.done ? await ended : (JSON.parse(line.value) as Record<string, unknown>);
  };
  const ask = (message: unknown) => { child.stdin.write(`${JSON.stringify(message)}\n`); return answer(); };
  const { version } = await answer();

  return {
    version: String(version),
    async load({ name, pytorch: { config, modelWeights, extra = {} } }, feeds) {
      const place = join(folder, name), file = name === "flux-step" ? "diffusion_pytorch_model.safetensors" : "model.safetensors";
      mkdirSync(place, { recursive: true });
      if ("folder" in modelWeights) cpSync(modelWeights.folder, place, { recursive: true });
      else {
        writeFileSync(join(place, "config.json"), JSON.stringify(config));
        writeSafetensors(join(place, file), asFile(modelWeights), { format: "pt" });
      }
      writeSafetensors(join(place, "feeds.safetensors"), asFile(Object.entries({ ...feeds, ...extra }).map(([key, tensor]) => [key.replaceAll("/", "."), tensor] as const)));
      await ask({ load: name, folder: place });
      const result = openSafetensors(join(place, "result.safetensors"));
      return { dtype: "float32", shape: result.tensors.get("result")!.shape, data: readTensorAsFloat32(result, "result") };
    },
    step: async () => Number((await ask({ step: true }))["seconds"]),
    async stop() {
      child.removeAllListeners("exit");
      child.stdin.end();
      if (child.exitCode === null && child.signalCode === null) await new Promise((resolve) => { child.on("exit", resolve); });
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
