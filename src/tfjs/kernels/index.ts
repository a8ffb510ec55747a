import type { Kernels } from "../kernel.ts";
import { elementwiseKernels } from "./elementwise.ts";
import { fusedKernels } from "./fused.ts";
import { indexingKernels } from "./indexing.ts";
import { linearKernels } from "./linear.ts";
import { reduceKernels } from "./reduce.ts";
import { shapeKernels } from "./shape.ts";

/** TensorFlow.js for every primitive of src/ops. */
export const kernels: Kernels = { ...elementwiseKernels, ...shapeKernels, ...linearKernels, ...reduceKernels, ...fusedKernels, ...indexingKernels };
