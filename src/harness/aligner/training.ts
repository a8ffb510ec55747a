/** The training itself: samples, weights, steps, checkpoints and the final record. */
import { rmSync } from "node:fs";
import { writeAtomically } from "../../files/atomic.ts";
import { appendLines } from "../../files/jsonLines.ts";
import { sha256File } from "../../files/sha256.ts";
import type { Tensors } from "../../graph/executor.ts";
import { initialAligner } from "../../models/aligner/initialise.ts";
import { WeightScope } from "../../models/weights.ts";
import { summedGradients } from "../../training/parts.ts";
import { releasedSchedule } from "../../training/schedules.ts";
import { Trainer, type TrainingGraph, type TrainingState } from "../../training/trainer.ts";
import { readCheckpointTensorAsFloat32 } from "../../weights/checkpoint.ts";
import type { OpenedT5 } from "../models.ts";
import { lossLine, type LossLine, type TrainingStep } from "../runs/losses.ts";
import { readCheckpoint, writeCheckpoint, writeTensors } from "./checkpoint.ts";
import { DivergenceWatch } from "./divergence.ts";
import { heldOutLoss, type HeldOutLoss } from "./heldOut.ts";
import { alignerConfig } from "./makings.ts";
import type { Material } from "./material.ts";
import { alignerFile, alignerIdentity, checkpointFile, lossFile, readAlignerLosses, writeAlignerRecord, type AlignerMakings, type AlignerRecord } from "./record.ts";
import type { TrainAlignerOptions } from "./trainAligner.ts";

/** Times the held-out loss is measured while training. */
const MEASUREMENTS = 10;

/** One training: what was asked for, the opened models, and where its files lie. */
export interface AlignerTraining { readonly options: TrainAlignerOptions; readonly material: Material; readonly t5: OpenedT5; readonly made: AlignerMakings; readonly folder: string }

function startingWeights({ options, material, t5 }: AlignerTraining): { config: AlignerRecord["aligner"]; initial: TrainingState } {
  const { norm, normScale = 1, seed } = options.experiment, D = t5.config.d_model, config = alignerConfig(options.experiment, material.width, t5.config);
  const normWeights = { none: () => undefined, ones: () => new Float32Array(D).fill(1), t5: () => readCheckpointTensorAsFloat32(t5.checkpoint, "encoder.final_layer_norm.weight").map((x) => x * normScale) };
  return { config, initial: new Map([...initialAligner(config, seed, normWeights[norm]())].map(([name, tensor]) => [`weight/${name}`, tensor])) };
}

/** The weights of a state by name. */
const weightsIn = (state: TrainingState): Tensors => Object.fromEntries([...state].flatMap(([key, tensor]) => (key.startsWith("weight/") ? [[key.slice("weight/".length), tensor]] : [])));

/** How a training ended. */
interface Ending {
  readonly state: TrainingState;
  readonly divergedAt: number | null;
  readonly heldOutLoss: number;
  readonly lines: readonly LossLine[];
}

/** Takes the steps that are left; an abort leaves a checkpoint and throws. */
async function takeSteps({ options, folder }: AlignerTraining, trainer: Trainer, heldOut: HeldOutLoss, batchOf: (step: number) => Tensors): Promise<Ending> {
  const { experiment: { name: arm, seed, steps, schedule, rate = 1 }, onStep, signal, every = 20 } = options;
  const released = releasedSchedule({ ...schedule, warmup: Math.round(schedule.warmup * steps), total: steps }), rates = (step: number): number => rate * released(step), interval = Math.max(1, Math.round(steps / MEASUREMENTS));
  // Steps behind the checkpoint are taken again, so their lines go.
  const lines = readAlignerLosses(folder).filter(({ step }) => step < trainer.step);
  writeAtomically(lossFile(folder), lines.map((line) => `${JSON.stringify(line)}\n`).join(""));
  // The last state that gave a sound loss: what a diverged training keeps, and where an interrupted one begins again.
  let written = lines.length, saved = Date.now(), sound = { state: trainer.state, step: trainer.step }, divergedAt: number | null = null;
  const writeLines = (): void => {
    appendLines(lossFile(folder), lines.slice(written));
    written = lines.length;
  };
  const save = (): void => {
    writeLines();
    writeCheckpoint(checkpointFile(folder), sound.state, sound.step);
    saved = Date.now();
  };
  const watch = new DivergenceWatch();
  for (const line of lines) watch.see(line.step, line.loss ?? NaN, line.gradNorm ?? NaN);
  const heldOutOf = (state: TrainingState): Promise<number> => heldOut(weightsIn(state));
  let next = trainer.step < steps ? batchOf(trainer.step) : undefined;
  while (next && divergedAt === null) {
    if (signal?.aborted) save();
    signal?.throwIfAborted();
    const { step, state } = trainer, lr = rates(step), began = performance.now(), running = trainer.run(next, lr);
    next = step + 1 < steps ? batchOf(step + 1) : undefined; // made while the step runs
    const { loss, gradNorm } = await running, seconds = (performance.now() - began) / 1000;
    const seen = watch.see(step, loss, gradNorm);
    divergedAt = seen.diverged;
    if (seen.sound) sound = { state, step };
    const due = divergedAt === null && ((step + 1) % interval === 0 || step + 1 === steps);
    const taken: TrainingStep = { arm, seed, step, loss, lr, gradNorm, seconds, ...(due ? { heldOutLoss: await heldOutOf(trainer.state) } : {}) };
    lines.push(lossLine(taken));
    onStep?.(taken);
    if (divergedAt === null && Date.now() - saved > every * 1000) save();
  }
  writeLines();
  if (divergedAt === null) {
    const final = await heldOutOf(trainer.state);
    if (Number.isFinite(final)) return { state: trainer.state, divergedAt, heldOutLoss: final, lines };
    divergedAt = steps;
  }
  return { state: sound.state, divergedAt, heldOutLoss: await heldOutOf(sound.state), lines };
}

/** Writes aligner.safetensors and, last, aligner.json. */
function finish({ options, made, folder }: AlignerTraining, aligner: AlignerRecord["aligner"], names: readonly string[], { state, divergedAt, heldOutLoss, lines }: Ending): void {
  const weights = new Map(names.map((name) => [name, state.get(`weight/${name}`)!]));
  writeTensors(alignerFile(folder), weights, { format: "pt" });
  const last = lines.slice(-Math.max(1, Math.round(lines.length / 50))).map(({ loss }) => loss ?? NaN), mean = last.reduce((a, b) => a + b, 0) / last.length, finite = (x: number): number | null => (Number.isFinite(x) ? x : null);
  writeAlignerRecord(folder, {
    format: 1, identity: alignerIdentity(made), made, arm: options.experiment.name, aligner, parameters: [...weights.values()].reduce((sum, { data }) => sum + data.length, 0),
    steps: lines.length, firstLoss: lines[0]?.loss ?? null, finalLoss: finite(mean), heldOutLoss: finite(heldOutLoss),
    seconds: lines.reduce((sum, { seconds }) => sum + seconds, 0), divergedAt, weights: sha256File(alignerFile(folder)),
  });
  rmSync(checkpointFile(folder), { force: true });
}

/** What takes steps, and the held-out loss; a batch in parts has one graph for both, so that the frozen weights are held once. */
async function opened({ options: { experiment: { optimizer, batch }, executor, atOnce = batch }, material: { counted } }: AlignerTraining, graph: TrainingGraph, unseen: readonly Tensors[], state: TrainingState, step: number | undefined): Promise<{ readonly trainer: Trainer; readonly heldOut: HeldOutLoss; release(): Promise<void> }> {
  const { loss, parameters, frozen } = graph;
  if (atOnce < batch) {
    const summed = await summedGradients(executor, graph, { atOnce, counted }), trainer = await Trainer.inParts(executor, summed, parameters, { adamW: optimizer }, state, step);
    return { trainer, heldOut: heldOutLoss(unseen, async (feeds, weights) => (await summed.of(feeds, weights)).loss), release: () => trainer.release() };
  }
  const trainer = await Trainer.create(executor, graph, { adamW: optimizer }, state, step), whole = await executor.compile({ loss }, (name) => (parameters.has(name) ? "fed" : frozen?.(name)));
  return {
    trainer, heldOut: heldOutLoss(unseen, async (feeds, weights) => (await whole.run({ ...feeds, ...weights })).loss.data[0]!),
    async release() {
      await trainer.release();
      await whole.release();
    },
  };
}

/** Makes or reads the features, takes the steps that are left and writes the aligner's folder. */
export async function train(training: AlignerTraining): Promise<void> {
  const { options: { experiment }, material, t5, made, folder } = training, { heldOut: unseen, batch } = await material.prepare(experiment, made.samples);
  const { config, initial } = startingWeights(training), aligner = new WeightScope(), loss = material.loss(aligner, config, new WeightScope(), t5.config), { parameters } = aligner;
  const begun = readCheckpoint(checkpointFile(folder)), { trainer, heldOut, release } = await opened(training, { loss, parameters, frozen: material.frozen ?? t5.weights }, unseen, begun?.state ?? initial, begun?.step);
  try {
    finish(training, config, [...parameters.keys()], await takeSteps(training, trainer, heldOut, batch));
  } finally {
    await release();
  }
}
