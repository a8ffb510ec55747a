import { existsSync } from "node:fs";
import { openSafetensors } from "../weights/safetensors.ts";

/** The step that an unfinished training has reached, from its checkpoint's metadata; 0 where there is none. */
export const checkpointStep = (path: string): number => (existsSync(path) ? Number(openSafetensors(path).metadata["step"]) : 0);
