/** Says beforehand how long a run will take. */
import { availableParallelism, loadavg } from "node:os";
import type { Executor } from "../../graph/executor.ts";
import { calibrate, shortProduct } from "../calibrate.ts";
import { inALine, type Part } from "./estimate.ts";

/** Tells the parts of the work at what this machine does a second, and whether it is busy. */
export async function announce(executor: Executor, device: string, parts: (rate: number) => readonly Part[], tell: (line: string) => void): Promise<void> {
  const [load] = loadavg(), cores = availableParallelism(), line = inALine(parts(await calibrate(executor, device === "cpu" ? shortProduct : undefined)));
  tell(`${line}${load! > 0.75 * cores ? `; the load of this machine is ${load!.toFixed(1)} on ${cores} cores now, so expect more` : ""}`);
}
