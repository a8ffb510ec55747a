import type { Dim, Shape } from "../graph/dims.ts";
import type { DType } from "../graph/tensor.ts";
import type { OnnxAttribute } from "../graph/value.ts";
import { ProtobufWriter } from "./protobuf.ts";

/** TensorProto.DataType of graph and file element types. */
export const onnxType: Readonly<Record<string, number>> = { float32: 1, int32: 6, bool: 9, int64: 7, F32: 1, F16: 10, BF16: 16 };

export interface NodeDef { readonly type: string; readonly inputs: readonly string[]; readonly output: string; readonly attributes: Readonly<Record<string, OnnxAttribute>>; readonly domain: string }
export interface InitializerDef { readonly name: string; readonly type: number; readonly shape: readonly number[]; readonly data: Uint8Array | { readonly location: string; readonly offset: number; readonly length: number } }
export interface PortDef { readonly name: string; readonly dtype: DType; readonly shape: Shape }
export interface ModelDef { readonly nodes: readonly NodeDef[]; readonly initializers: readonly InitializerDef[]; readonly inputs: readonly PortDef[]; readonly outputs: readonly PortDef[] }

function writeAttribute(name: string, value: OnnxAttribute) {
  return (m: ProtobufWriter) => {
    m.string(1, name);
    if (typeof value === "number") m.int(3, value).int(20, 2);
    else if (typeof value === "string") m.string(4, value).int(20, 3);
    else if ("float" in value) m.float(2, value.float).int(20, 1);
    else { for (const x of value) m.int(8, x); m.int(20, 7); }
  };
}

function writePort(port: PortDef) {
  return (m: ProtobufWriter) => m.string(1, port.name).message(2, (type) => type.message(1, (tensor) => tensor.int(1, onnxType[port.dtype]!).message(2, (shape) => {
    for (const dim of port.shape) shape.message(1, (d: ProtobufWriter) => typeof dim === "number" ? d.int(1, dim) : d.string(2, dim satisfies Dim));
  })));
}

function writeInitializer({ name, type, shape, data }: InitializerDef) {
  return (m: ProtobufWriter) => {
    for (const d of shape) m.int(1, d);
    m.int(2, type).string(8, name);
    if (data instanceof Uint8Array) m.bytes(9, data);
    else {
      for (const [key, value] of Object.entries(data)) m.message(13, (entry) => entry.string(1, key).string(2, String(value)));
      m.int(14, 1);
    }
  };
}

/** The bytes of an ONNX ModelProto (IR version 10, opset 20, ONNX Runtime's contrib ops as com.microsoft 1). */
export function encodeModel({ nodes, initializers, inputs, outputs }: ModelDef): Uint8Array {
  const model = new ProtobufWriter();
  model.int(1, 10).string(2, "thinkdiff-bench");
  model.message(8, (o) => o.string(1, "").int(2, 20)).message(8, (o) => o.string(1, "com.microsoft").int(2, 1));
  model.message(7, (graph) => {
    for (const node of nodes) {
      graph.message(1, (m) => {
        for (const x of node.inputs) m.string(1, x);
        m.string(2, node.output).string(3, node.output).string(4, node.type);
        for (const [name, value] of Object.entries(node.attributes)) m.message(5, writeAttribute(name, value));
        if (node.domain) m.string(7, node.domain);
      });
    }
    graph.string(2, "graph");
    for (const initializer of initializers) graph.message(5, writeInitializer(initializer));
    for (const port of inputs) graph.message(11, writePort(port));
    for (const port of outputs) graph.message(12, writePort(port));
  });
  return model.finish();
}
