import { expect, it } from "vitest";
import { floats } from "../../../src/graph/tensor.ts";
import { sampleFlux, type FluxProgram } from "../../../src/models/flux/sampler.ts";
import { parseSchedulerConfig } from "../../../src/models/flux/schedule.ts";
import { readFileSync } from "node:fs";

/** A transformer whose velocity is everywhere its text's first feature plus half the pooled text's. */
const program: FluxProgram = {
  async run({ hidden_states, encoder_hidden_states, pooled_projections }) {
    const { shape, data } = hidden_states!, [B, T, D] = encoder_hidden_states!.shape as [number, number, number], each = data.length / B, width = pooled_projections!.shape[1]!;
    return { velocity: floats(shape, Float32Array.from(data, (_, i) => { const b = Math.floor(i / each); return encoder_hidden_states!.data[b * T * D]! + 0.5 * pooled_projections!.data[b * width]!; })) };
  },
  release: async () => {},
};
const scheduler = parseSchedulerConfig(JSON.parse(readFileSync("assets/micro/flux/scheduler_config.json", "utf8")));
const sample = (text: number) => ({ noise: floats([1, 2, 2], [0.1, 0.2, 0.3, 0.4]), promptEmbeds: floats([2, 3], [text, 0, 0, 0, 0, 0]), pooled: floats([2], [1, 0]) });

it("moves the velocity away from the negative text's by the scale", async () => {
  const negative = { trueCfgScale: 3, promptEmbeds: floats([1, 3], [0.25, 0, 0]), pooled: floats([2], [-1, 0]) };
  const [guided, other] = await sampleFlux({ program, samples: [sample(2), sample(-1)], scheduler, steps: 4, negative });
  // Sigma falls from 1 to 0, so the latent ends at noise minus the velocity: from = -0.25, own = 2.5 and -0.5.
  for (const [latent, own] of [[guided!, 2.5], [other!, -0.5]] as const) latent.data.forEach((x, i) => expect(x).toBeCloseTo([0.1, 0.2, 0.3, 0.4][i]! - (-0.25 + 3 * (own + 0.25)), 5));
});

it("is no guidance at a scale of 1", async () => {
  const negative = { trueCfgScale: 1, promptEmbeds: floats([1, 3], [9, 9, 9]), pooled: floats([2], [9, 9]) };
  const [one] = await sampleFlux({ program, samples: [sample(2)], scheduler, steps: 4, negative }), [plain] = await sampleFlux({ program, samples: [sample(2)], scheduler, steps: 4 });
  one!.data.forEach((x, i) => expect(x).toBeCloseTo(plain!.data[i]!, 5));
});
