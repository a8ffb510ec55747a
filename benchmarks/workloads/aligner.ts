import { floats, ints } from "../../src/graph/tensor.ts";
import { initialAligner } from "../../src/models/aligner/initialise.ts";
import { parseT5Config } from "../../src/models/t5/config.ts";
import { thinkDiffLvlm, thinkDiffLvlmInputs } from "../../src/models/thinkdiff/thinkdiffLvlm.ts";
import { WeightScope } from "../../src/models/weights.ts";
import { t5Recipe } from "../../src/micro/pretraining/t5.ts";
import { Random } from "../../src/random/random.ts";
import { Trainer } from "../../src/training/trainer.ts";
import { capturing, modelWeights, normals, type Workload } from "../workload.ts";

const batch = 48, S = 28, L = 32, inputWidth = 160;

/** One training step of ThinkDiff-LVLM's aligner: through the frozen T5 decoder and back, and AdamW. */
export async function alignerStep(): Promise<Workload> {
  const json = t5Recipe.files["config.json"], t5 = parseT5Config(json), D = t5.d_model;
  const aligner = { inputWidth, width: D, eps: t5.layer_norm_epsilon, norm: true }, scope = new WeightScope(), frozen = new WeightScope();
  const { loss } = thinkDiffLvlm(scope, aligner, frozen, t5, thinkDiffLvlmInputs(aligner));
  const { weights, source } = modelWeights("t5", "model.safetensors", frozen);
  const initial = initialAligner(aligner, 0, new Float32Array(D).fill(0.15)), { executor, captured } = capturing();
  const trainer = await Trainer.create(executor, { loss, parameters: scope.parameters, frozen: weights }, {}, new Map([...initial].map(([name, tensor]) => [`weight/${name}`, tensor])));
  const state = Object.fromEntries([...trainer.state].map(([key, tensor]) => [key.replace("weight/", ""), tensor]));
  return {
    name: "aligner-step", about: `one aligner training step: batch ${batch}, ${S} features of width ${inputWidth}, ${L} target tokens; T5 decoder of ${t5.num_decoder_layers} blocks, width ${D}`,
    ...captured(), batch, compare: "gradNorm",
    feeds: (B) => ({
      ...state, rate: floats([], [1e-4]), correction1: floats([], [10]), correction2: floats([], [1000]),
      features: normals([B, S, inputWidth], "features"), mask: ints([B, S], new Int32Array(B * S).fill(1)),
      labels: ints([B, L], Int32Array.from({ length: B * L }, (() => { const random = new Random("benchmark labels"); return () => 3 + random.int(t5.vocab_size - 3); })())),
    }),
    pytorch: { config: json, modelWeights: source, extra: Object.fromEntries(initial) },
  };
}
