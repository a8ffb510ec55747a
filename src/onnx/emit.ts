import { parseDim, type Dim } from "../graph/dims.ts";
import type { FileTensor, Weights, WeightSource } from "../graph/executor.ts";
import type { DType, TypedData } from "../graph/tensor.ts";
import { topological, type Emitter, type OnnxAttribute, type Value } from "../graph/value.ts";
import { gatherOp } from "../ops/indexing.ts";
import { inputOp, parameterOp, type Named } from "../ops/leaves.ts";
import { sliceOp } from "../ops/shape.ts";
import { onnxType, type InitializerDef, type ModelDef, type NodeDef, type PortDef } from "./model.ts";

const INT64 = 7, toFloat32 = { to: onnxType["float32"]! };

function bytesOf(data: TypedData | BigInt64Array): Uint8Array {
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}

/** Builds one ONNX graph: nodes, constants, and the run-time values of named dimensions; its own names begin with %, which ports may not. */
class GraphEmitter implements Emitter {
  nodes: NodeDef[] = [];
  /** What is done to large weights, for each use. First in the model, it runs last of what an op waits for: ONNX Runtime walks back from the outputs, to inputs that stand later first. */
  readonly first: NodeDef[] = [];
  readonly initializers: InitializerDef[] = [];
  readonly inputs: PortDef[] = [];
  readonly #memo = new Map<string, string>();
  #count = 0;

  node(type: string, inputs: readonly string[], attributes: Readonly<Record<string, OnnxAttribute>> = {}, domain = ""): string {
    const output = `%${this.#count++}`;
    this.nodes.push({ type, inputs, output, attributes, domain });
    return output;
  }

  #once(key: string, make: () => string): string {
    let name = this.#memo.get(key);
    if (name === undefined) this.#memo.set(key, (name = make()));
    return name;
  }

  initializer(type: number, shape: readonly number[], data: InitializerDef["data"]): string {
    const name = `%${this.#count++}`;
    this.initializers.push({ name, type, shape, data });
    return name;
  }

  int64s(values: readonly number[]): string {
    return this.#once(`i64 ${values.join(",")}`, () => this.initializer(INT64, [values.length], bytesOf(BigInt64Array.from(values, BigInt))));
  }

  constant(dtype: DType, shape: readonly number[], data: TypedData): string {
    const make = () => this.initializer(onnxType[dtype]!, shape, bytesOf(data));
    return data.length <= 8 ? this.#once(`${dtype} [${shape}] ${data.join(",")}`, make) : make();
  }

  scalar(dtype: DType, value: number): string {
    return this.constant(dtype, [], dtype === "float32" ? Float32Array.of(value) : dtype === "int32" ? Int32Array.of(value) : Uint8Array.of(value));
  }

  shapeTensor(dims: readonly Dim[]): string {
    if (dims.every((d) => typeof d === "number")) return this.int64s(dims);
    return this.#once(`shape ${dims.join(",")}`, () => {
      const parts = dims.map((d) => this.#dim(d));
      return parts.length === 1 ? parts[0]! : this.node("Concat", parts, { axis: 0 });
    });
  }

  /** A dimension as an int64 tensor of shape [1]. */
  #dim(dim: Dim): string {
    if (typeof dim === "number") return this.int64s([dim]);
    return this.#once(`dim ${dim}`, () => {
      const terms = [...parseDim(dim)].map(([symbols, coefficient]) => {
        const factors = symbols === "" ? [] : symbols.split("*").map((s) => this.#symbol(s));
        if (coefficient !== 1 || factors.length === 0) factors.push(this.int64s([coefficient]));
        return factors.reduce((a, b) => this.node("Mul", [a, b]));
      });
      return terms.reduce((a, b) => this.node("Add", [a, b]));
    });
  }

  /** A named dimension, read off an input that has it, alone or times a number. */
  #symbol(name: string): string {
    return this.#once(`symbol ${name}`, () => {
      for (const port of this.inputs) {
        for (const [axis, dim] of port.shape.entries()) {
          if (typeof dim === "number") continue;
          const terms = [...parseDim(dim)];
          if (terms.length !== 1 || terms[0]![0] !== name) continue;
          const size = this.node("Gather", [this.#once(`shape of ${port.name}`, () => this.node("Shape", [port.name])), this.int64s([axis])], { axis: 0 });
          return terms[0]![1] === 1 ? size : this.node("Div", [size, this.int64s([terms[0]![1]])]);
        }
      }
      throw new Error(`dimension "${name}" is on no input of the graph`);
    });
  }

  /** A weight as the graph computes with it, or, where it is narrow, as its file has it. */
  weight({ name, shape }: Named, source: WeightSource | undefined, locate: (file: string) => string, keptWide: number): string {
    if (source === undefined) throw new Error(`no weight "${name}" ([${shape.join(", ")}]) was given`);
    if (source === "fed") throw new Error("fed weights are inputs");
    if (source.shape.length !== shape.length || source.shape.some((d, i) => d !== shape[i])) throw new Error(`weight "${name}": the model declares [${shape.join(", ")}], the checkpoint has [${source.shape.join(", ")}]`);
    if ("data" in source) return this.initializer(onnxType[source.dtype]!, source.shape, bytesOf(source.data));
    const { file, dtype, offset, bytes } = source satisfies FileTensor;
    if (onnxType[dtype] === undefined) throw new Error(`weight "${name}": element type ${dtype} cannot be used in place; F32, F16 and BF16 can`);
    const raw = this.initializer(onnxType[dtype], source.shape, { location: locate(file), offset, length: bytes });
    return dtype === "F32" || isNarrow(source, keptWide) ? raw : this.widen(raw);
  }

  /** Puts the nodes that `emitting` makes before all others. */
  atFirst(emitting: () => string): string {
    const { nodes } = this;
    this.nodes = this.first;
    const name = emitting();
    this.nodes = nodes;
    return name;
  }

  widen = (narrow: string): string => this.node("Cast", [narrow], toFloat32);
}

/** The most bytes of a weight, widened, of which what is widened or sliced is worth keeping in memory. */
export const KEPT_WIDE = 1 << 20;

const isLarge = (source: WeightSource | undefined, keptWide: number): source is FileTensor => typeof source === "object" && "file" in source && source.shape.reduce((bytes, d) => bytes * d, 4) > keptWide;

/** Whether a weight stays in memory as its file has it, and is widened at every run for as long as an op needs it. */
export const isNarrow = (source: WeightSource | undefined, keptWide = KEPT_WIDE): boolean => isLarge(source, keptWide) && source.dtype !== "F32";

/** Emits the graph of the outputs as an ONNX model; `locate` names an external weight file as the model shall refer to it. 16-bit weights are widened by the graph. Of weights of more than `keptWide` bytes, what is widened or sliced is so for each of its users `apart`, so that it need not stay until the last. */
export function emit(outputs: Readonly<Record<string, Value>>, weights: Weights, locate: (file: string) => string, keptWide = KEPT_WIDE): ModelDef & { readonly apart: boolean } {
  const emitter = new GraphEmitter(), names = new Map<Value, string>(), large = new Set<Value>(), narrow = new Set<Value>(), parts = new Map<Value, () => string>();
  const wide = (value: Value): string => {
    if (narrow.has(value)) return emitter.atFirst(() => emitter.widen(raw(value)));
    return parts.has(value) ? emitter.atFirst(() => raw(value)) : names.get(value)!;
  };
  const raw = (value: Value): string => parts.get(value)?.() ?? names.get(value)!;
  const order = topological(Object.values(outputs));
  for (const value of order) {
    const fed = value.op.name === inputOp.name || (value.op.name === parameterOp.name && weights((value.attributes as Named).name) === "fed");
    if (!fed) continue;
    const port = value.attributes as Named;
    names.set(value, port.name);
    if (port.name.startsWith("%") || Object.hasOwn(outputs, port.name)) throw new Error(`input "${port.name}": a name may not begin with % or be an output's too`);
    if (!emitter.inputs.some((p) => p.name === port.name)) emitter.inputs.push(port);
  }
  const shared = new Map<string, string>();
  for (const value of order) {
    if (names.has(value)) continue;
    if (value.op.name === parameterOp.name) {
      const named = value.attributes as Named;
      const source = weights(named.name), known = shared.get(named.name) ?? emitter.weight(named, source, locate, keptWide);
      shared.set(named.name, known);
      names.set(value, known);
      if (isLarge(source, keptWide)) large.add(value);
      if (isNarrow(source, keptWide)) narrow.add(value);
    } else if (narrow.has(value.inputs[0]!) && value.op.name === gatherOp.name) names.set(value, emitter.widen(value.op.onnx(emitter, value.inputs.map(raw), value, value.attributes))); // the rows alone are widened
    else if (large.has(value.inputs[0]!) && value.op.name === sliceOp.name) { // and of parts no more
      large.add(value);
      if (narrow.has(value.inputs[0]!)) narrow.add(value);
      parts.set(value, () => value.op.onnx(emitter, value.inputs.map(raw), value, value.attributes));
    } else names.set(value, value.op.onnx(emitter, value.inputs.map(wide), value, value.attributes));
  }
  const ports = Object.entries(outputs).map(([name, value]) => {
    emitter.nodes.push({ type: "Identity", inputs: [wide(value)], output: name, attributes: {}, domain: "" });
    return { name, dtype: value.dtype, shape: value.shape };
  });
  return { nodes: [...emitter.first, ...emitter.nodes], initializers: emitter.initializers, inputs: emitter.inputs, outputs: ports, apart: narrow.size > 0 || parts.size > 0 };
}
