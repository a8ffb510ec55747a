import { rm, writeFile } from "node:fs/promises";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import * as ort from "onnxruntime-node";
import { UserError } from "../files/userError.ts";
import { bindDims } from "../graph/bindDims.ts";
import type { CompileOptions, Executor, Program, Tensors, Weights } from "../graph/executor.ts";
import type { DType, Tensor, TypedData } from "../graph/tensor.ts";
import type { Value } from "../graph/value.ts";
import { emit, KEPT_WIDE } from "./emit.ts";
import { placeWeights, sessionFolder } from "./externalData.ts";
import { openLanes } from "./lanes.ts";
import { encodeModel, type ModelDef } from "./model.ts";

export interface OrtOptions {
  /** Execution provider; "cpu" by default. */
  readonly device?: "cpu" | "webgpu" | "cuda";
  /** Threads within an op; THINKDIFF_THREADS or all cores by default. */
  readonly threads?: number;
  /** Where short-lived model files go, best on the disk of the weights; THINKDIFF_SESSIONS or ".cache/sessions" by default. */
  readonly folder?: string;
  /** Larger weights, in bytes when widened, stay as their file has them and are widened and sliced at every run; all are widened and sliced once on WebGPU, which cannot. */
  readonly keptWide?: number;
}

/** Keeps ONNX Runtime from widening or slicing large weights once for all, and from sharing what is made so for one op with a later one. */
const inPlace = (keptWide: number) => ({ optimization: { constant_folding_max_output_size_in_bytes: String(keptWide), disable_specified_optimizers: "CommonSubexpressionElimination;GatherSliceToSplitFusion" } });

const toOrt = ({ dtype, data, shape }: Tensor) => new ort.Tensor(dtype, data as never, shape as number[]);
const fromOrt = (tensor: ort.Tensor): Tensor => ({ dtype: tensor.type as DType, shape: tensor.dims, data: tensor.data as TypedData });

/** Bytes of weights up to which a model gets lanes: products of larger ones keep all threads busy, and their weights would be held by each lane. */
const LANE_WEIGHTS = 1 << 26;

/** The most lanes of a program; each is a worker thread with a session. */
const MOST_LANES = 4;

const weightBytes = ({ initializers }: ModelDef): number => initializers.reduce((sum, { data }) => sum + data.length, 0);

/** Threads as THINKDIFF_THREADS says; undefined where it is not set. */
function threadsAsked(): number | undefined {
  const text = process.env["THINKDIFF_THREADS"];
  if (!text) return undefined;
  if (!/^[1-9]\d{0,3}$/.test(text)) throw new UserError(`THINKDIFF_THREADS: expected a whole number from 1 to 9999, found ${JSON.stringify(text)}`, 2);
  return Number(text);
}

/** ONNX Runtime as executor: graphs become ONNX models whose weights stay in their .safetensors files. */
export function ortExecutor({ device = "cpu", threads = threadsAsked() ?? availableParallelism(), folder = process.env["THINKDIFF_SESSIONS"] || ".cache/sessions", keptWide = device === "webgpu" ? Infinity : KEPT_WIDE }: OrtOptions = {}): Executor {
  async function compile<Output extends string>(outputs: Readonly<Record<Output, Value>>, weights: Weights = () => "fed", { together = false }: CompileOptions = {}): Promise<Program<Output>> {
    const files = new Map<string, string>(), profile = process.env["ORT_PROFILE"];
    const model = emit(outputs, weights, (file) => {
      if (!files.has(file)) files.set(file, `weights${files.size}.safetensors`);
      return files.get(file)!;
    }, keptWide);
    const place = await sessionFolder(folder);
    try {
      const externalData = await placeWeights(files, place);
      const path = join(place, "model.onnx");
      await writeFile(path, encodeModel(model));
      const settings: ort.InferenceSession.SessionOptions = {
        executionProviders: device === "cpu" ? ["cpu"] : [device, "cpu"],
        intraOpNumThreads: threads, interOpNumThreads: 1, graphOptimizationLevel: "all", logSeverityLevel: 3, externalData,
        // A pattern of the first run's values is allocated as one block beside what that run has left in the arena: twice the memory, and no sooner.
        enableMemPattern: false,
        // Threads spin from one op to the next, which is sooner than the system wakes them, but neither long nor between runs: spinning takes the cores from everything else.
        extra: { session: { intra_op: { allow_spinning: "1", spin_duration_us: "300" }, force_spinning_stop: "1" }, ...(model.apart ? inPlace(keptWide) : {}) }, ...(profile ? { enableProfiling: true, profileFilePrefix: profile } : {}),
      };
      /** What the model takes of the feeds, once it fits. */
      const taken = (feeds: Tensors): Tensors => {
        bindDims(model.inputs, feeds);
        return Object.fromEntries(model.inputs.map(({ name }) => [name, feeds[name]!]));
      };
      if (together && device === "cpu" && threads > 1 && !profile && weightBytes(model) <= LANE_WEIGHTS) {
        const count = Math.min(threads, MOST_LANES), lanes = await openLanes<Output>(path, { ...settings, intraOpNumThreads: Math.floor(threads / count) }, count);
        return { ...lanes, run: async (feeds) => lanes.run(taken(feeds)) };
      }
      const session = await ort.InferenceSession.create(path, settings);
      return {
        async run(feeds: Tensors) {
          const results = await session.run(Object.fromEntries(Object.entries(taken(feeds)).map(([name, tensor]) => [name, toOrt(tensor)])));
          return Object.fromEntries(Object.entries(results).map(([name, tensor]) => [name, fromOrt(tensor)])) as Record<Output, Tensor>;
        },
        release: async () => {
          if (profile) session.endProfiling();
          await session.release();
        },
      };
    } finally {
      await rm(place, { recursive: true, force: true });
    }
  }
  return { name: `ort-${device}`, compile };
}
