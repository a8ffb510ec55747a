/** Interprets graphs on TensorFlow.js: an oracle independent of ONNX Runtime, and the way onto @tensorflow/tfjs-node-gpu. */
import type * as tf from "@tensorflow/tfjs";
import { readExactly, withFile } from "../files/read.ts";
import { bindDims, type Port } from "../graph/bindDims.ts";
import { evaluateDim, sameShape } from "../graph/dims.ts";
import type { Executor, FileTensor, Program, Tensors, Weights } from "../graph/executor.ts";
import type { DType, Tensor, TypedData } from "../graph/tensor.ts";
import { topological, type Value } from "../graph/value.ts";
import type { Named } from "../ops/leaves.ts";
import { isDtype, toFloat32, viewAs } from "../weights/dtype.ts";
import { loadTensorflow, type TfjsBackend } from "./backend.ts";
import type { Kernel, KernelContext, LeafName, Tensorflow } from "./kernel.ts";
import { kernels } from "./kernels/index.ts";

const leaves: readonly string[] = ["input", "parameter", "constant"] satisfies LeafName[];

function kernelOf(value: Value): Kernel<unknown> {
  // Kernels are typed by op; a value only knows its op's name.
  const kernel = (kernels as unknown as Record<string, Kernel<unknown> | undefined>)[value.op.name];
  if (!kernel) throw new Error(`the tfjs engine has no kernel for "${value.op.name}"`);
  return kernel;
}

/** A weight from its place in a file, widened to float32. */
function readWeight(name: string, { file, dtype, shape, offset, bytes }: FileTensor): Tensor {
  if (!isDtype(dtype)) throw new Error(`weight "${name}": element type ${dtype} is unknown`);
  return { dtype: "float32", shape, data: toFloat32(dtype, viewAs(dtype, withFile(file, (fd) => readExactly(fd, file, offset, bytes)))) };
}

function boundTensor(value: Value, weights: Weights): Tensor | "fed" {
  if (value.op.name === "constant") return value.attributes as Tensor;
  const { name, shape } = value.attributes as Named, source = weights(name);
  if (source === undefined) throw new Error(`no weight "${name}" ([${shape.join(", ")}]) was given`);
  if (source !== "fed" && !sameShape(source.shape, shape)) throw new Error(`weight "${name}": the model declares [${shape.join(", ")}], the checkpoint has [${source.shape.join(", ")}]`);
  return source === "fed" || "data" in source ? source : readWeight(name, source);
}

const upload = (library: Tensorflow, { data, shape, dtype }: Tensor): tf.Tensor => library.tensor(data, [...shape], dtype);

/** TensorFlow.js as executor; a value's memory is given back after its last use. Loads the library when a graph is first compiled. */
export function tfjsExecutor({ backend = "cpu" }: { readonly backend?: TfjsBackend } = {}): Executor {
  async function compile<Output extends string>(outputs: Readonly<Record<Output, Value>>, weights: Weights = () => "fed"): Promise<Program<Output>> {
    const library = await loadTensorflow(backend), wanted = Object.entries<Value>(outputs), order = topological(wanted.map(([, value]) => value));
    const held = new Map<Value, tf.Tensor>(), ports = new Map<Value, Port>();
    try {
      for (const value of order) {
        if (!leaves.includes(value.op.name)) { kernelOf(value); continue; }
        const bound = value.op.name === "input" ? "fed" : boundTensor(value, weights);
        if (bound === "fed") ports.set(value, value.attributes as Named);
        else held.set(value, upload(library, bound));
      }
    } catch (error) {
      library.dispose([...held.values()]);
      throw error;
    }
    const lastUse = new Map<Value, number>();
    order.forEach((value, i) => value.inputs.forEach((x) => lastUse.set(x, i)));
    const kept = new Set(wanted.map(([, value]) => value));

    /** Everything up to the outputs; the tensors returned are the caller's to dispose, but for those held by the program. */
    function evaluate(feeds: Tensors): Map<Value, tf.Tensor> {
      const symbols = bindDims([...ports.values()], feeds), live = new Map<Value, tf.Tensor>();
      const size: KernelContext["size"] = (dim) => evaluateDim(dim, symbols);
      const find = (value: Value) => held.get(value) ?? live.get(value)!;
      order.forEach((value, i) => {
        if (held.has(value)) return;
        const port = ports.get(value), inputs = value.inputs.map(find);
        live.set(value, port ? upload(library, feeds[port.name]!) : library.tidy(() => {
          const y = kernelOf(value)(inputs, value.attributes, { tf: library, size, sizes: (shape) => shape.map(size), value });
          return inputs.includes(y) ? y.clone() : y;
        }));
        for (const x of new Set(value.inputs)) {
          if (lastUse.get(x) !== i || held.has(x) || kept.has(x)) continue;
          live.get(x)!.dispose();
          live.delete(x);
        }
      });
      return live;
    }

    return {
      async run(feeds) {
        const live = evaluate(feeds);
        const read = async ([name, value]: [string, Value]): Promise<[string, Tensor]> => {
          const tensor = held.get(value) ?? live.get(value)!;
          return [name, { dtype: tensor.dtype as DType, shape: tensor.shape, data: (await tensor.data()) as TypedData }];
        };
        const results = await Promise.all(wanted.map(read));
        library.dispose([...live.values()]);
        return Object.fromEntries(results) as Record<Output, Tensor>;
      },
      release: async () => { library.dispose([...held.values()]); },
    };
  }
  return { name: `tfjs-${backend}`, compile };
}
