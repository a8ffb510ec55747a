/** Copies of shipped models that were trained on for a little, for experiments about the base models: made when asked for, kept in the cache by what they are made of. */
import { existsSync, rmSync } from "node:fs";
import { join } from "node:path";
import { sha256, sha256File } from "../../files/sha256.ts";
import type { Executor, Tensors } from "../../graph/executor.ts";
import { floats, type Tensor } from "../../graph/tensor.ts";
import { readJsonObject } from "../../text/tokenizer.ts";
import { checkpointStep } from "../../training/checkpointStep.ts";
import { trapezoidSchedule } from "../../training/schedules.ts";
import { openCheckpoint, readCheckpointTensorAsFloat32 } from "../../weights/checkpoint.ts";
import { fluxRecipe } from "./flux.ts";
import { conditioningDisturbance } from "./fluxTraining.ts";
import type { Recipe } from "./recipe.ts";
import { checkpointIn, pretrain } from "./run.ts";
import { timesDisturbance } from "./stateDisturbance.ts";
import { t5Recipe } from "./t5.ts";

export interface CopyContext {
  readonly executor: Executor;
  readonly progress: (text: string) => void;
  readonly onStep: (step: number, steps: number) => void;
  /** Once aborted a checkpoint is written and the reason thrown; the next making goes on from it. */
  readonly signal?: AbortSignal;
}

/** A copy, there or not yet. */
export interface ModelCopy {
  /** What it is, in a few words. */
  readonly name: string;
  /** Its folder in Hugging Face layout. */
  readonly folder: string;
  readonly steps: number;
  /** Samples a step. */
  readonly batch: number;
  made(): boolean;
  /** Steps that an interrupted making has taken already. */
  taken(): number;
  /** Training pictures that have to be drawn first. */
  undrawn(): number;
  make(context: CopyContext): Promise<void>;
}

/** Copies that experiments ask for. */
export interface Copies {
  /** T5, encoder and decoder trained on: a relative of the one that FLUX reads. */
  t5(): ModelCopy;
  /** FLUX trained on with so many times its own conditioning noise. */
  flux(noise: number): ModelCopy;
}

interface Changes {
  readonly name: string;
  /** The command that asks for it. */
  readonly madeBy: string;
  readonly recipe: Recipe;
  readonly steps: number;
  readonly peak: number;
  /** What else the copy depends on. */
  readonly numbers: Readonly<Record<string, unknown>>;
  readonly feeds?: (own: Tensors) => Tensors;
  /** Further files of the model's folder that the copy needs. */
  readonly files?: readonly string[];
}

/** Batches of the recipes that copies are made by. */
const batch = 96;

function copyOf(assets: string, cache: string, { name, madeBy, recipe: { average: _, ...own }, steps, peak, numbers, feeds = (all) => all, files = [] }: Changes): ModelCopy {
  const base = join(assets, own.name), checkpoint = openCheckpoint(base), needed = [own.name, ...own.needs].map((need) => openCheckpoint(join(assets, need)).files.map(({ path }) => sha256File(path)));
  const place = join(cache, "copies", sha256(JSON.stringify({ format: 1, recipe: own.name, from: needed, steps, peak, own: own.numbers, numbers })).slice(0, 16)), folder = join(place, own.name), work = join(place, "work");
  const weight = (of: string, shape: readonly number[]): Tensor => floats(shape, readCheckpointTensorAsFloat32(checkpoint, of));
  const recipe: Recipe = {
    ...own, steps, madeBy, description: `${name}: the shipped model, trained on for ${steps} steps. As it was made: ${own.description}`, numbers: { ...own.numbers, from: needed[0], peak, ...numbers },
    files: { ...own.files, ...Object.fromEntries(files.map((file) => [file, readJsonObject(join(base, file))])) },
    async prepare(context) {
      const prepared = await own.prepare({ ...context, assets, cache }), constants = prepared.constants && new Map([...prepared.constants].map(([of, { shape }]) => [of, weight(of, shape)]));
      return {
        ...prepared, ...(constants ? { constants } : {}), graph: { ...prepared.graph, frozen: (of) => constants?.get(of) ?? prepared.graph.frozen?.(of) },
        initial: new Map([...prepared.graph.parameters].map(([of, { shape }]) => [of, weight(of, shape as readonly number[])])),
        schedule: trapezoidSchedule({ peak, floor: peak / 50, warmup: Math.ceil(steps / 10), decay: Math.ceil(steps / 2), total: steps }),
        // The recipe's last batches: what it trains on in the end is what it is for.
        batch: async (step) => feeds(await prepared.batch(own.steps - steps + step)),
      };
    },
  };
  return {
    name, folder, steps, batch,
    made: () => existsSync(join(folder, "README.md")), // written last of all
    taken: () => checkpointStep(checkpointIn(join(work, own.name))),
    undrawn: () => own.undrawn?.({ assets, cache }) ?? 0,
    async make({ signal, ...context }) {
      const done = await pretrain(recipe, { ...context, assets: place, cache: work, every: 60, ...(signal ? { signal } : {}) });
      if (!done) signal!.throwIfAborted();
      rmSync(work, { recursive: true, force: true });
    },
  };
}

/** The copies of the models under `assets`, trained on for so many steps. */
export const copiesOf = (assets: string, cache: string, steps: { readonly t5: number; readonly flux: number } = { t5: 200, flux: 150 }): Copies => ({
  t5: () => copyOf(assets, cache, { name: "fine-tuned T5", madeBy: "npm run ablate -- fine-tuned-t5", recipe: t5Recipe, steps: steps.t5, peak: 1e-3, numbers: {}, files: ["tokenizer.json", "tokenizer_config.json"] }),
  flux: (noise) => copyOf(assets, cache, {
    name: `FLUX with ${noise} times its conditioning noise`, madeBy: "npm run ablate -- flux-noise", recipe: fluxRecipe, steps: steps.flux, peak: 6e-4, numbers: { noise, conditioningDisturbance }, feeds: (own) => timesDisturbance(own, noise),
  }),
});
