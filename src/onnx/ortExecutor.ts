import { randomUUID } from "node:crypto";
import { link, mkdir, rm, writeFile } from "node:fs/promises";
import { availableParallelism } from "node:os";
import { join, resolve } from "node:path";
import { realpath } from "node:fs/promises";
import * as ort from "onnxruntime-node";
import type { Executor, Program, Tensors, Weights } from "../graph/executor.ts";
import type { DType, Tensor, TypedData } from "../graph/tensor.ts";
import type { Value } from "../graph/value.ts";
import { emit } from "./emit.ts";
import { encodeModel } from "./model.ts";

export interface OrtOptions {
  /** Execution provider; "cpu" by default. */
  readonly device?: "cpu" | "webgpu" | "cuda";
  /** Threads within an op; all cores by default. */
  readonly threads?: number;
  /** Where short-lived model files go, on the disk of the weights; ".cache/sessions" by default. */
  readonly folder?: string;
}

const toOrt = ({ dtype, data, shape }: Tensor) => new ort.Tensor(dtype, data as never, shape as number[]);
const fromOrt = (tensor: ort.Tensor): Tensor => ({ dtype: tensor.type as DType, shape: tensor.dims, data: tensor.data as TypedData });

/** ONNX Runtime as executor: graphs become ONNX models whose weights stay in their .safetensors files. */
export function ortExecutor({ device = "cpu", threads = Number(process.env["THINKDIFF_THREADS"]) || availableParallelism(), folder = ".cache/sessions" }: OrtOptions = {}): Executor {
  async function compile<Output extends string>(outputs: Readonly<Record<Output, Value>>, weights: Weights = () => "fed"): Promise<Program<Output>> {
    const place = resolve(folder, randomUUID());
    await mkdir(place, { recursive: true });
    try {
      const files = new Map<string, string>();
      const model = emit(outputs, weights, (file) => {
        if (!files.has(file)) files.set(file, `weights${files.size}.safetensors`);
        return files.get(file)!;
      });
      // ONNX Runtime refuses external data outside the model's folder, links resolved: hard links are inside it and copy nothing.
      for (const [file, name] of files) await link(await realpath(file), join(place, name));
      const path = join(place, "model.onnx");
      await writeFile(path, encodeModel(model));
      const session = await ort.InferenceSession.create(path, {
        executionProviders: device === "cpu" ? ["cpu"] : [device, "cpu"],
        intraOpNumThreads: threads, interOpNumThreads: 1, graphOptimizationLevel: "all", logSeverityLevel: 3,
        // Threads that wait by spinning take the cores from everything else that runs.
        extra: { session: { intra_op: { allow_spinning: "0" } } }, ...(process.env["ORT_PROFILE"] ? { enableProfiling: true, profileFilePrefix: process.env["ORT_PROFILE"] } : {}),
      });
      return {
        async run(feeds: Tensors) {
          const given: Record<string, ort.Tensor> = {};
          for (const { name, dtype } of model.inputs) {
            const tensor = feeds[name];
            if (!tensor) throw new Error(`input "${name}" was not given; the graph takes ${model.inputs.map((p) => p.name).join(", ")}`);
            if (tensor.dtype !== dtype) throw new Error(`input "${name}" is ${dtype}, found ${tensor.dtype}`);
            given[name] = toOrt(tensor);
          }
          const results = await session.run(given);
          return Object.fromEntries(Object.entries(results).map(([name, tensor]) => [name, fromOrt(tensor)])) as Record<Output, Tensor>;
        },
        release: async () => { session.endProfiling(); await session.release(); },
      };
    } finally {
      await rm(place, { recursive: true, force: true });
    }
  }
  return { name: `ort-${device}`, compile };
}
