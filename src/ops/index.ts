/** Every primitive, for tests, executors and documentation; builders are re-exported. */
import * as conv from "./conv.ts";
import * as elementwise from "./elementwise.ts";
import * as fused from "./fused.ts";
import * as indexing from "./indexing.ts";
import * as leaves from "./leaves.ts";
import * as matmul from "./matmul.ts";
import * as reduce from "./reduce.ts";
import * as shape from "./shape.ts";
import * as size from "./size.ts";
import * as softmax from "./softmax.ts";
import type { Op } from "../graph/value.ts";

export * from "./conv.ts";
export * from "./elementwise.ts";
export * from "./fused.ts";
export * from "./indexing.ts";
export * from "./leaves.ts";
export * from "./matmul.ts";
export * from "./reduce.ts";
export * from "./shape.ts";
export * from "./size.ts";
export * from "./softmax.ts";

/** All primitive ops. */
export const allOps: readonly Op<unknown>[] = [leaves, elementwise, shape, reduce, size, matmul, softmax, fused, indexing, conv]
  .flatMap((module) => Object.entries(module).filter(([name]) => name.endsWith("Op")).map(([, op]) => op as unknown as Op<unknown>));
