import { join } from "node:path";
import { z } from "zod";
import { gradients } from "../../autodiff/gradient.ts";
import type { Executor, Weights } from "../../graph/executor.ts";
import { floats, type Tensor } from "../../graph/tensor.ts";
import type { Value } from "../../graph/value.ts";
import type { AlignerConfig } from "../../models/aligner/aligner.ts";
import { parseT5Config, type T5Config } from "../../models/t5/config.ts";
import { thinkDiffLvlm, thinkDiffLvlmInputs } from "../../models/thinkdiff/thinkdiffLvlm.ts";
import { WeightScope } from "../../models/weights.ts";
import { releasedSchedule } from "../../training/schedules.ts";
import { Trainer } from "../../training/trainer.ts";
import { openCheckpoint } from "../../weights/checkpoint.ts";
import { openSafetensors, readTensorAsFloat32 } from "../../weights/safetensors.ts";
import { compareFloats, type AgreementRow } from "./agreement.ts";
import { compareOutputs } from "./outputs.ts";
import { openPack, type Pack, type PackCase } from "./pack.ts";

const configSchema = z.object({ d_in: z.number(), d_model: z.number(), norm_eps: z.number(), activation: z.literal("gelu (exact)") });

const settingsSchema = z.object({
  betas: z.tuple([z.number(), z.number()]), eps: z.number(), weight_decay_matrices: z.number(), weight_decay_vectors: z.literal(0), clip: z.null(), steps: z.number(),
  warmup_steps: z.number(), warmup_start_lr: z.number(), peak_lr: z.number(), min_lr: z.number(), norm: z.enum(["t5", "ones", "none"]), schedule: z.enum(["released", "restarted"]),
});

/** The pack's names of the released ones. */
const packNames: Readonly<Record<string, string>> = {
  "mm_projector.0.weight": "linear1.weight", "mm_projector.0.bias": "linear1.bias", "mm_projector.2.weight": "linear2.weight", "mm_projector.2.bias": "linear2.bias", "mm_projector.3.weight": "norm.weight",
};

/** Row `step` of a recorded [S, ...]. */
function atStep({ dtype, shape, data }: Tensor, step: number): Tensor {
  const size = data.length / shape[0]!;
  return { dtype, shape: shape.slice(1), data: data.slice(step * size, (step + 1) * size) };
}

interface Subject { readonly executor: Executor; readonly pack: Pack; readonly base: Omit<AlignerConfig, "norm">; readonly t5: T5Config; readonly frozen: Weights }

async function trainCase({ executor, pack, base, t5, frozen }: Subject, c: PackCase): Promise<AgreementRow[]> {
  const s = settingsSchema.parse(c.settings), config: AlignerConfig = { ...base, norm: s.norm !== "none" };
  const aligner = new WeightScope(), { aligned, loss } = thinkDiffLvlm(aligner, config, new WeightScope(), t5, thinkDiffLvlmInputs(config));
  const parameters = aligner.parameters, names = [...parameters.keys()];
  const file = openSafetensors(join(pack.folder, "aligner.safetensors"));
  const initial = new Map(names.map((name) => {
    const { shape } = file.tensors.get(packNames[name]!)!, data = readTensorAsFloat32(file, packNames[name]!);
    return [name, floats(shape, name === "mm_projector.3.weight" && s.norm === "ones" ? data.map(() => 1) : data)] as const;
  }));
  const taken = (name: string) => pack.tensor(`${c.name}.in.${name}`), recorded = { features: taken("features"), mask: taken("attention_mask"), labels: taken("labels") };
  const rates = taken("learning_rate").data, feeds = (step: number) => Object.fromEntries(Object.entries(recorded).map(([name, x]) => [name, atStep(x, step)]));

  const outputs: Record<string, Value> = { "first.aligned": aligned };
  gradients(loss, [...parameters.values()]).forEach((g, i) => { outputs[`first.gradient.${packNames[names[i]!]}`] = g; });
  const first = await executor.compile(outputs, (name) => initial.get(name) ?? frozen(name));
  const got: Record<string, Tensor> = await first.run(feeds(0));
  await first.release();

  const adamW = { beta1: s.betas[0], beta2: s.betas[1], eps: s.eps, weightDecay: s.weight_decay_matrices };
  const trainer = await Trainer.create(executor, { loss, parameters, frozen }, { adamW }, new Map(names.map((name) => [`weight/${name}`, initial.get(name)!])));
  const losses: number[] = [], norms: number[] = [];
  for (let step = 0; step < s.steps; step++) {
    const result = await trainer.run(feeds(step), rates[step]!);
    losses.push(result.loss);
    norms.push(result.gradNorm);
  }
  await trainer.release();
  Object.assign(got, { losses: floats([s.steps], losses), gradient_norms: floats([s.steps], norms) });
  const total = Array.from(rates).reduce((a, b) => a + b, 0);
  for (const name of names) {
    const { shape, data } = trainer.weight(name), before = initial.get(name)!.data;
    got[`final.${packNames[name]}`] = floats(shape, data as Float32Array);
    got[`change.${packNames[name]}`] = floats(shape, Float32Array.from(data, (x, i) => (x - before[i]!) / total));
  }
  const rows = compareOutputs(pack, c, got);
  if (s.schedule !== "released") return rows;
  const ours = releasedSchedule({ start: s.warmup_start_lr, peak: s.peak_lr, floor: s.min_lr, warmup: s.warmup_steps, total: s.steps });
  return [compareFloats(`${c.name}.in.learning_rate`, Array.from(rates, (_, t) => ours(t)), rates, 1e-9), ...rows];
}

/** Compares ten steps of aligner training with each recorded case of a pack: learning rates, first output and gradients, losses, gradient norms, final weights and their change. */
export async function checkAlignerPack(folder: string, executor: Executor): Promise<AgreementRow[]> {
  const pack = openPack(folder), { d_in, d_model, norm_eps } = configSchema.parse(pack.json("config.json"));
  const { tensors } = openCheckpoint(join(folder, "t5.safetensors"));
  const subject: Subject = { executor, pack, base: { inputWidth: d_in, width: d_model, eps: norm_eps }, t5: parseT5Config(pack.json("t5_config.json")), frozen: (name) => tensors.get(name) };
  const rows: AgreementRow[] = [];
  for (const c of pack.cases) rows.push(...(await trainCase(subject, c)));
  return rows;
}
