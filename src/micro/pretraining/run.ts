import { existsSync, mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { appendLines, readJsonLines } from "../../files/jsonLines.ts";
import { writeAtomically } from "../../files/atomic.ts";
import { floats, type Tensor } from "../../graph/tensor.ts";
import { Trainer, type TrainingState } from "../../training/trainer.ts";
import { float32ToFloat16 } from "../../weights/float16.ts";
import { openSafetensors, readTensorAsFloat32, writeSafetensors, type TensorToWrite } from "../../weights/safetensors.ts";
import type { Recipe, RecipeContext } from "./recipe.ts";

export interface PretrainOptions extends RecipeContext {
  /** Where checkpoints and loss records of unfinished work lie. */
  readonly cache: string;
  /** Seconds between checkpoints. */
  readonly every: number;
  readonly onStep?: (step: number, steps: number, loss: number, seconds: number) => void;
  /** Ends after this step of the recipe without finishing it. */
  readonly stopAt?: number;
  /** Once aborted, the running step ends, a checkpoint is written, and no model. */
  readonly signal?: AbortSignal;
}

interface LossLine { readonly step: number; readonly loss: number; readonly gradNorm: number; readonly seconds: number }

const readLosses = (file: string): LossLine[] => readJsonLines(file, (line) => line as LossLine);

function readState(path: string): { state: TrainingState; average: Map<string, Tensor>; step: number } {
  const file = openSafetensors(path), state: TrainingState = new Map(), average = new Map<string, Tensor>();
  for (const [name, { shape }] of file.tensors) {
    const tensor = floats(shape, readTensorAsFloat32(file, name));
    if (name.startsWith("average/")) average.set(name.slice("average/".length), tensor);
    else state.set(name, tensor);
  }
  return { state, average, step: Number(file.metadata["step"]) };
}

function writeState(path: string, state: TrainingState, average: ReadonlyMap<string, Tensor>, step: number): void {
  const all = new Map<string, TensorToWrite>();
  for (const [name, { shape, data }] of state) all.set(name, { dtype: "F32", shape, data: data as Float32Array });
  for (const [name, { shape, data }] of average) all.set(`average/${name}`, { dtype: "F32", shape, data: data as Float32Array });
  writeSafetensors(path, all, { step: `${step}` });
}

/** Steps between updates of the moving average. */
const AVERAGE_EVERY = 10;

/** The decay reached by step t: a short memory at first, so that early weights are forgotten. */
const decayAt = (limit: number, t: number) => Math.min(limit, (1 + t / AVERAGE_EVERY) / (10 + t / AVERAGE_EVERY));

/** File name of a folder's weights: diffusers' for the diffusion models, transformers' for the others. */
export const weightFile = (recipe: Pick<Recipe, "name">): string => (["flux", "flux-compose", "vae"].includes(recipe.name) ? "diffusion_pytorch_model.safetensors" : "model.safetensors");

/** The checkpoint of the unfinished training in a folder. */
export const checkpointIn = (folder: string): string => join(folder, "checkpoint.safetensors");

/** Trains a recipe to its end and writes the model's folder; goes on from the last checkpoint of the same recipe. Returns whether it finished. */
export async function pretrain(recipe: Recipe, options: PretrainOptions): Promise<boolean> {
  const folder = join(options.cache, recipe.name), checkpoint = checkpointIn(folder), record = join(folder, "losses.jsonl");
  mkdirSync(folder, { recursive: true });
  const { graph, optimizer, schedule, initial, batch, constants } = await recipe.prepare(options);
  const resumed = existsSync(checkpoint) ? readState(checkpoint) : undefined;
  const start: TrainingState = resumed?.state ?? new Map([...initial].map(([name, tensor]) => [`weight/${name}`, tensor]));
  const trainer = await Trainer.create(options.executor, graph, optimizer, start, resumed?.step);
  const weights = () => new Map([...graph.parameters.keys()].map((name) => [name, trainer.weight(name)]));
  const average = recipe.average === undefined ? new Map<string, Tensor>() : (resumed && resumed.average.size > 0 ? resumed.average : new Map([...weights()].map(([n, t]) => [n, floats(t.shape, Float32Array.from(t.data))])));
  // Steps after the checkpoint are taken again, so their old lines go.
  const lines = readLosses(record).filter(({ step }) => step < trainer.step);
  writeAtomically(record, lines.map((line) => `${JSON.stringify(line)}\n`).join(""));

  // Loss lines are written with the checkpoint they belong to.
  let unsaved: LossLine[] = [];
  let saved = Date.now(), next = trainer.step < recipe.steps ? batch(trainer.step) : undefined;
  const end = Math.min(recipe.steps, options.stopAt ?? recipe.steps);
  while (trainer.step < end && !options.signal?.aborted) {
    const step = trainer.step, began = performance.now(), feeds = await next!;
    const running = trainer.run(feeds, schedule(step));
    next = step + 1 < recipe.steps ? batch(step + 1) : undefined; // made while the step runs
    const { loss, gradNorm } = await running;
    if (!Number.isFinite(loss)) throw new Error(`${recipe.name}: the loss of step ${step} is ${loss}; the last checkpoint is ${checkpoint}`);
    const seconds = (performance.now() - began) / 1000;
    unsaved.push({ step, loss, gradNorm, seconds });
    if (recipe.average !== undefined && trainer.step % AVERAGE_EVERY === 0) {
      const decay = decayAt(recipe.average ** AVERAGE_EVERY, trainer.step);
      for (const [name, { data }] of average) {
        const current = trainer.weight(name).data;
        for (let i = 0; i < data.length; i++) data[i] = data[i]! * decay + current[i]! * (1 - decay);
      }
    }
    options.onStep?.(step, recipe.steps, loss, seconds);
    if (Date.now() - saved > options.every * 1000 || trainer.step === end || options.signal?.aborted) {
      writeState(checkpoint, trainer.state, average, trainer.step);
      appendLines(record, unsaved);
      unsaved = [];
      saved = Date.now();
    }
  }
  if (trainer.step < end) {
    await trainer.release();
    return false;
  }
  const final = average.size > 0 ? average : weights();
  await trainer.release();
  const trained = new Map([...final, ...(constants ?? [])]), complete = recipe.finalise?.(trained) ?? trained;
  const files = { ...recipe.files, ...(await recipe.finish?.(options, complete)) };
  writeModel({ ...recipe, files }, join(options.assets, recipe.name), complete, readLosses(record), end);
  return end === recipe.steps;
}

/** Writes a model's folder: weights as F16, configuration, loss record and card. */
function writeModel(recipe: Recipe, folder: string, weights: ReadonlyMap<string, Tensor>, losses: readonly LossLine[], steps: number): void {
  mkdirSync(folder, { recursive: true });
  const halves = new Map<string, TensorToWrite>([...weights].map(([name, { shape, data }]) => [name, { dtype: "F16", shape, data: float32ToFloat16(data as Float32Array) }]));
  writeSafetensors(join(folder, weightFile(recipe)), halves, { format: "pt" });
  for (const [name, json] of Object.entries(recipe.files)) writeAtomically(join(folder, name), `${JSON.stringify(json, null, 2)}\n`);
  writeAtomically(join(folder, "losses.json"), `${JSON.stringify(thinned(losses))}\n`);
  writeAtomically(join(folder, "recipe.json"), `${JSON.stringify({ recipe: recipe.name, steps, ...recipe.numbers }, null, 2)}\n`);
  writeAtomically(join(folder, "README.md"), card(recipe, weights, losses, steps));
}

/** Mean loss over each of at most 200 equal stretches of steps. */
function thinned(losses: readonly LossLine[]): { step: number; loss: number }[] {
  const size = Math.max(1, Math.ceil(losses.length / 200));
  return Array.from({ length: Math.ceil(losses.length / size) }, (_, i) => losses.slice(i * size, (i + 1) * size))
    .map((part) => ({ step: part.at(-1)!.step, loss: Number((part.reduce((a, l) => a + l.loss, 0) / part.length).toFixed(4)) }));
}

function card(recipe: Recipe, weights: ReadonlyMap<string, Tensor>, losses: readonly LossLine[], steps: number): string {
  const parameters = [...weights.values()].reduce((a, t) => a + t.data.length, 0), seconds = losses.reduce((a, l) => a + l.seconds, 0);
  const last = losses.slice(-Math.max(1, Math.round(losses.length / 50))), loss = last.reduce((a, l) => a + l.loss, 0) / Math.max(1, last.length);
  return `# ${recipe.name} (micro profile)

${recipe.description}

| | |
|---|---|
| parameters | ${parameters.toLocaleString("en")} (F16 on disk) |
| data | ${recipe.data} |
| steps | ${steps} |
| cost | ${(seconds / 60).toFixed(0)} minutes of wall time on two CPU cores shared with other work |
| training loss, mean of the last 2 % of steps | ${loss.toFixed(4)} |
| made by | \`${recipe.madeBy ?? `npm run pretrain -- ${recipe.name}`}\` |
`;
}

/** Forgets unfinished work of a recipe. */
export const discardCheckpoint = (cache: string, name: string): void => rmSync(join(cache, name), { recursive: true, force: true });
