/** Graphs whose weights do not fit a device at once: pieces loaded from their files in turn, at every run. */
import type { CompileOptions, Executor, Program, Tensors, Weights } from "../graph/executor.ts";
import type { Tensor } from "../graph/tensor.ts";
import type { Value } from "../graph/value.ts";
import { pieces } from "../ops/pieces.ts";

/** An executor that holds at most so many bytes of a graph's weights; a graph within them is compiled whole and stays. What pieces pass on to each other waits in the host's memory. */
export function offloaded(executor: Executor, most: number): Executor {
  async function compile<Output extends string>(outputs: Readonly<Record<Output, Value>>, weights: Weights = () => "fed", options: CompileOptions = {}): Promise<Program<Output>> {
    const parts = pieces(outputs, most, (name) => weights(name) === "fed");
    if (parts.length <= 1) return executor.compile(outputs, weights, options);
    return {
      async run(feeds: Tensors) {
        const known = new Map<string, Tensor>(Object.entries(feeds)), found = new Map<string, Tensor>();
        for (const part of parts) {
          const program = await executor.compile(part.outputs, weights);
          try {
            for (const [name, tensor] of Object.entries(await program.run(Object.fromEntries(known)))) (Object.hasOwn(outputs, name) ? found : known).set(name, tensor);
          } finally {
            await program.release();
          }
        }
        return Object.fromEntries(found) as Record<Output, Tensor>;
      },
      release: async () => {},
    };
  }
  return { name: `${executor.name}, ${most / 1e9} GB of weights at a time`, compile };
}
