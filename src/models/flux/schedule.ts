/** Noise levels of FLUX's sampler (reference: diffusers' FlowMatchEulerDiscreteScheduler as FluxPipeline calls it). */
import { z } from "zod";
import { reasonOf } from "../../files/json.ts";

const off = (name: string) => z.literal(false, `${name} is not supported`).nullish();

const schema = z.object({
  num_train_timesteps: z.number().default(1000),
  shift: z.number().default(1),
  use_dynamic_shifting: z.boolean().default(false),
  base_shift: z.number().default(0.5),
  max_shift: z.number().default(1.15),
  base_image_seq_len: z.number().default(256),
  max_image_seq_len: z.number().default(4096),
  time_shift_type: z.literal("exponential").optional(),
  shift_terminal: z.null("shift_terminal is not supported").optional(),
  invert_sigmas: off("invert_sigmas"),
  use_karras_sigmas: off("use_karras_sigmas"),
  use_exponential_sigmas: off("use_exponential_sigmas"),
  use_beta_sigmas: off("use_beta_sigmas"),
});

export type SchedulerConfig = z.output<typeof schema>;

/** The scheduler's published scheduler_config.json; throws with the setting's name on what is not supported. */
export function parseSchedulerConfig(json: unknown): SchedulerConfig {
  const found = schema.safeParse(json);
  if (!found.success) throw new Error(`scheduler_config.json: ${reasonOf(found.error)}`);
  return found.data;
}

export interface Schedule {
  /** The shift's logarithm for this many image tokens. */
  readonly mu: number;
  /** Noise levels from 1 down to 0: [steps + 1]. */
  readonly sigmas: Float32Array;
  /** The first `steps` sigmas times num_train_timesteps. */
  readonly timesteps: Float32Array;
}

/** The schedule for images of so many tokens: evenly spaced levels, shifted towards noise; dynamic shifting grows with the image. */
export function fluxSchedule(config: SchedulerConfig, steps: number, imageTokens: number): Schedule {
  const slope = (config.max_shift - config.base_shift) / (config.max_image_seq_len - config.base_image_seq_len);
  const mu = config.use_dynamic_shifting ? config.base_shift + slope * (imageTokens - config.base_image_seq_len) : Math.log(config.shift);
  const shift = Math.exp(mu);
  const sigmas = Float32Array.from({ length: steps + 1 }, (_, i) => (i === steps ? 0 : shift / (shift + 1 / (1 - i / steps) - 1)));
  return { mu, sigmas, timesteps: sigmas.slice(0, steps).map((sigma) => sigma * config.num_train_timesteps) };
}
