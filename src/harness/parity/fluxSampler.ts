import { join } from "node:path";
import { z } from "zod";
import { floats, type Tensor } from "../../graph/tensor.ts";
import { parseAutoencoderConfig } from "../../models/autoencoder/config.ts";
import { compileDecoder } from "../../models/autoencoder/images.ts";
import { parseFluxConfig } from "../../models/flux/config.ts";
import { latentImageIds, packLatents } from "../../models/flux/latents.ts";
import { compileFlux, sampleFlux, type FluxStep } from "../../models/flux/sampler.ts";
import { fluxSchedule, parseSchedulerConfig } from "../../models/flux/schedule.ts";
import { ortExecutor } from "../../onnx/ortExecutor.ts";
import { openCheckpoint } from "../../weights/checkpoint.ts";
import type { AgreementRow } from "./agreement.ts";
import { compareOutputs } from "./outputs.ts";
import { openPack, type Pack, type PackCase } from "./pack.ts";

const scheduleSettings = z.object({ image_seq_len: z.number(), steps: z.number() });
const sampleSettings = z.object({ steps: z.number(), guidance_scale: z.number() });

const list = (values: ArrayLike<number>): Tensor => floats([values.length], Float32Array.from(values));

function rows(tensor: Tensor): Tensor[] {
  const shape = tensor.shape.slice(1), size = tensor.data.length / tensor.shape[0]!;
  return Array.from({ length: tensor.shape[0]! }, (_, i) => floats(shape, (tensor.data as Float32Array).slice(i * size, (i + 1) * size)));
}

const stacked = (tensors: readonly Tensor[]): Tensor =>
  floats([tensors.length, ...tensors[0]!.shape], Float32Array.from(tensors.flatMap((t) => [...t.data])));

function schedule(pack: Pack, { settings }: PackCase): Record<string, Tensor> {
  const { image_seq_len, steps } = scheduleSettings.parse(settings);
  const { mu, sigmas, timesteps } = fluxSchedule(parseSchedulerConfig(pack.json("scheduler/scheduler_config.json")), steps, image_seq_len);
  return { mu: list([mu]), sigmas: list(sigmas), timesteps: list(timesteps) };
}

async function sample(pack: Pack, { name, settings }: PackCase): Promise<Record<string, Tensor>> {
  const { steps, guidance_scale: guidance } = sampleSettings.parse(settings), scheduler = parseSchedulerConfig(pack.json("scheduler/scheduler_config.json"));
  const weightsOf = (part: string) => { const { tensors } = openCheckpoint(join(pack.folder, part)); return (weight: string) => tensors.get(weight); };
  const executor = ortExecutor({ threads: 1 });
  const noise = pack.tensor(`${name}.in.latent_noise`), [, , h, w] = noise.shape as [number, number, number, number];
  const program = await compileFlux(executor, parseFluxConfig(pack.json("transformer/config.json")), weightsOf("transformer"));
  const decoder = await compileDecoder(executor, parseAutoencoderConfig(pack.json("vae/config.json")), weightsOf("vae"), h, w);
  const texts = rows(pack.tensor(`${name}.in.prompt_embeds`)), pooled = rows(pack.tensor(`${name}.in.pooled_prompt_embeds`)), taken: FluxStep[] = [];
  const latents = await sampleFlux({
    program, scheduler, steps, guidance, onStep: (state) => taken.push(state),
    samples: rows(noise).map((own, i) => ({ noise: own, promptEmbeds: texts[i]!, pooled: pooled[i]! })),
  });
  const unpacked = stacked(latents), packedNoise = packLatents(noise), { decoded, image } = await decoder.run({ scaled_latent: unpacked });
  await program.release();
  await decoder.release();
  const { sigmas, timesteps } = fluxSchedule(scheduler, steps, packedNoise.shape[1]!);
  return {
    packed_noise: packedNoise, img_ids: latentImageIds(h, w), sigmas: list(sigmas), timesteps: list(timesteps),
    velocities: stacked(taken.map((state) => state.velocity)), latents: stacked(taken.map((state) => state.latents)), unpacked, decoded, image,
  };
}

/** Compares FLUX's sampler with a "flux-sampler" pack: schedules, packing, every step's velocity and latents, and the decoded images. */
export async function checkFluxSamplerPack(folder: string): Promise<AgreementRow[]> {
  const pack = openPack(folder), found: AgreementRow[] = [];
  for (const packCase of pack.cases) {
    switch (packCase.procedure) {
      case "schedule": found.push(...compareOutputs(pack, packCase, schedule(pack, packCase))); break;
      case "sample": found.push(...compareOutputs(pack, packCase, await sample(pack, packCase))); break;
      default: throw new Error(`${folder}: case ${packCase.name}: procedure "${packCase.procedure}" is unknown; schedule and sample are known`);
    }
  }
  return found;
}
