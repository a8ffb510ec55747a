import { ints, type Tensor } from "../../src/graph/tensor.ts";
import { lvlmRecipe } from "../../src/micro/pretraining/lvlm.ts";
import { prepareBatch, type Prompt } from "../../src/models/qwen2vl/batch.ts";
import { headWidth, parseQwen2VLConfig, patchWidth } from "../../src/models/qwen2vl/config.ts";
import { cacheNames, prefillGraph, stepGraph } from "../../src/models/qwen2vl/generationGraphs.ts";
import { qwen2vlForward, qwen2vlInputs } from "../../src/models/qwen2vl/qwen2vl.ts";
import { WeightScope } from "../../src/models/weights.ts";
import { Random } from "../../src/random/random.ts";
import { modelWeights, normals, type Workload } from "../workload.ts";

const batch = 16, images = 4, words = 76, places = 48, written = 24;

/** Reading a prompt with four pictures, and writing one more token behind it. */
export function lvlmPrefillAndDecode(): [prefill: Workload, decode: Workload] {
  const json = lvlmRecipe("assets/micro").files["config.json"], c = parseQwen2VLConfig(json), scope = new WeightScope();
  qwen2vlForward(scope, c, qwen2vlInputs(c));
  const { weights, source } = modelWeights("lvlm", "model.safetensors", scope), pytorch = { config: json, modelWeights: source };
  const width = patchWidth(c.vision_config), T = words + images * 18, firstWord = 10;

  const prompt = (b: number): Prompt => {
    const random = new Random("benchmark prompt", b), word = () => firstWord + random.int(c.image_token_id - firstWord > 0 ? Math.min(c.image_token_id, c.vocab_size) - firstWord : c.vocab_size - firstWord);
    const text = (n: number) => Array.from({ length: n }, () => { let id = word(); while ([c.image_token_id, c.vision_start_token_id, c.vision_end_token_id].includes(id)) id = word(); return id; });
    const shots = Array.from({ length: images }, () => [...text(words / images), c.vision_start_token_id, ...Array<number>(16).fill(c.image_token_id), c.vision_end_token_id]);
    return { ids: shots.flat(), images: Array.from({ length: images }, (_, i) => ({ gridThw: [1, 8, 8] as const, pixelValues: normals([64, width], `picture ${b} ${i}`).data as Float32Array })) };
  };
  const prefillFeeds = (B: number) => {
    const { feeds } = prepareBatch(c, Array.from({ length: B }, (_, b) => prompt(b)));
    return { ...feeds, rows: ints([B], Array.from({ length: B }, (_, b) => (b + 1) * T - 1)) };
  };
  const cache = (B: number, name: string, length: number): [string, Tensor] => [name, normals([B, c.num_key_value_heads, 1, length, headWidth(c)], name)];
  const sizes = `batch ${batch}; ${c.num_hidden_layers} layers of width ${c.hidden_size}`;
  return [
    { name: "lvlm-prefill", about: `reading prompts of ${T} tokens, ${images} pictures among them: ${sizes}`, outputs: prefillGraph(c, false), weights, batch, compare: "logits", feeds: prefillFeeds, pytorch },
    {
      name: "lvlm-decode", about: `writing one token behind ${T} of the prompt, in a cache of ${places} places: ${sizes}`, outputs: stepGraph(c), weights, batch, compare: "logits", pytorch,
      feeds: (B) => ({
        ...Object.fromEntries(cacheNames("prompt", c).map((name) => cache(B, name, T))), ...Object.fromEntries(cacheNames("written", c).map((name) => cache(B, name, places))),
        mask: ints([B, T], new Int32Array(B * T).fill(1)), ids: ints([B, 1], new Int32Array(B).fill(firstWord)), positions: ints([3, B, 1], new Int32Array(3 * B).fill(T)), writtenCount: ints([], [written]),
      }),
    },
  ];
}
