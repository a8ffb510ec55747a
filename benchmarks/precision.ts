/** `npm run precision`: writes docs/precision.md, what 16-bit weights cost on the reference packs. */
import { writeAtomically } from "../src/files/atomic.ts";
import { measurePrecision, type PrecisionRow, type WeightType } from "../src/harness/parity/precision.ts";
import { ortExecutor } from "../src/onnx/ortExecutor.ts";

const packs = ["t5", "aligner-training", "qwen2-vl", "eva-vit", "clip", "llava", "flux-transformer", "flux-sampler", "autoencoder-kl"], types: readonly WeightType[] = ["F32", "BF16", "F16"];

const executor = ortExecutor({ threads: 1 }), lines: string[] = [];
for (const pack of packs) {
  const rows: PrecisionRow[] = [];
  for (const weights of types) {
    console.error(`${pack}: weights in ${weights}`);
    rows.push(await measurePrecision(`test/oracle/${pack}`, weights, executor));
  }
  const [f32, bf16, f16] = rows as [PrecisionRow, PrecisionRow, PrecisionRow], e = ({ error }: PrecisionRow): string => error.toExponential(1);
  lines.push(`| ${pack} | ${f32.outputs} | ${e(f32)} | ${e(bf16)} (${bf16.worst}) | ${e(f16)} (${f16.worst}) | ${f32.integers === 0 ? "" : `${bf16.differing} and ${f16.differing} of ${f32.integers}`} |`);
}

writeAtomically("docs/precision.md", `# 16-bit weights

Published checkpoints hold BF16 or F16. Their weights are used in place and widened to 32 bits by the graph itself: products, sums and activations are 32-bit, so the only loss against F32 weights is the rounding of the weights.
(The release computes in BF16 autocast, which also rounds activations; here nothing does.)

Measured by \`npm run precision\`: each reference pack of \`test/oracle/\` once as it is and with its weights rounded to nearest, on the CPU, against the outputs recorded in float32 with F32 weights.
The error is the largest over all float outputs, inner ones and gradients included, as \`parity\` counts it: |got - want| / max(1, max |want|). These are small random networks, not the published ones: the errors show the size to expect of rounding to 8 bits (BF16) or 11 (F16), layer on layer.
In aligner-training T5 is rounded and the aligner is not, as in a real training. Of the greedy tokens and other integers, the last column counts the outputs that changed.

| pack | float outputs | F32 | BF16 weights (worst output) | F16 weights (worst output) | integer outputs changed, BF16 and F16 |
|---|---|---|---|---|---|
${lines.join("\n")}
`);
