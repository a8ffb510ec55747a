import * as ort from "onnxruntime-node";
import type { OrtOptions } from "./ortExecutor.ts";

/** The devices a graph can run on. */
export const devices = ["cpu", "webgpu", "cuda"] as const satisfies readonly NonNullable<OrtOptions["device"]>[];

/** The execution providers this build of ONNX Runtime knows, and whether their libraries came with the package. */
export const listProviders = (): { readonly name: string; readonly bundled: boolean }[] => ort.listSupportedBackends().map(({ name, bundled }) => ({ name, bundled }));
