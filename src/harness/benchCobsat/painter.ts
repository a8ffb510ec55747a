/** FLUX and the autoencoder: text features in, PNG files out. */
import { readJsonAs } from "../../files/json.ts";
import { inLanes, type Executor } from "../../graph/executor.ts";
import { floats, ints, type Tensor } from "../../graph/tensor.ts";
import { encodePng } from "../../images/image.ts";
import { downsampling } from "../../models/autoencoder/config.ts";
import { compileDecoder, decodeLatents, type DecoderProgram } from "../../models/autoencoder/images.ts";
import { clipTextTower } from "../../models/clip/textTower.ts";
import { compileFlux, sampleFlux } from "../../models/flux/sampler.ts";
import { parseSchedulerConfig } from "../../models/flux/schedule.ts";
import { WeightScope } from "../../models/weights.ts";
import { input } from "../../ops/index.ts";
import { Random } from "../../random/random.ts";
import { loadTokenizer } from "../../text/tokenizer.ts";
import { openAutoencoder, openClipText, openFlux, openTextT5 } from "../baseModels.ts";
import { guidanceInputs } from "../guidance.ts";
import type { Profile } from "../profile.ts";
import { textStates } from "./textStates.ts";

/** What a picture is drawn from: the key of its starting noise, and text features [T, D]. */
export interface Order {
  readonly noise: { readonly seed: number; readonly shots: number; readonly task: string; readonly prompt: number };
  readonly promptEmbeds: Tensor;
  /** FLUX's pooled text [P]; that of the empty prompt where left out. */
  readonly pooled?: Tensor;
}

/** A picture, or why there is none. */
export type Painted = { readonly png: Uint8Array } | { readonly reason: string };

export interface Painter {
  /** How many batches are painted at once when asked for together; one alone is painted by one of so many shares of the threads. */
  readonly lanes: number;
  /** The pictures of one batch, in order. */
  paint(orders: readonly Order[]): Promise<Painted[]>;
  release(): Promise<void>;
}

const finite = ({ data }: Tensor): boolean => (data as Float32Array).every((x) => Number.isFinite(x));

/** Token ids cut to what CLIP reads, the end token kept. */
export const cutToFit = (ids: readonly number[], most: number): readonly number[] => (ids.length > most ? [...ids.slice(0, most - 1), ids.at(-1)!] : ids);

/** FLUX's pooled texts [P] as CLIP's text tower gives them, each text on its own and cut to the tower's positions. */
export async function pooledTexts(executor: Executor, folder: string, texts: readonly string[], tokenizerFolder = folder): Promise<Tensor[]> {
  const { config, weights } = openClipText(folder), tokenizer = loadTokenizer(tokenizerFolder), pooled: Tensor[] = [];
  const program = await executor.compile({ pooled: clipTextTower(new WeightScope(), config, input("ids", ["B", "T"], "int32")).pooled }, weights);
  for (const text of texts) {
    const ids = cutToFit(tokenizer.encode(text), config.max_position_embeddings);
    pooled.push(floats([config.hidden_size], (await program.run({ ids: ints([1, ids.length], ids) })).pooled.data as Float32Array));
  }
  await program.release();
  return pooled;
}

/** FLUX's pooled text [P] of the empty prompt. */
export const emptyPooled = async (executor: Executor, folder: string, tokenizerFolder = folder): Promise<Tensor> => (await pooledTexts(executor, folder, [""], tokenizerFolder))[0]!;

/** T5's states [T, D] of the empty prompt. */
async function emptyStates(executor: Executor, profile: Profile): Promise<Tensor> {
  const { models, tokenizers } = profile, states = await textStates(executor, openTextT5(models["t5-text"], tokenizers?.["t5-text"]), profile), [empty] = await states.read([""]);
  await states.release();
  return empty!;
}

/** Loads the models that draw; every arm's picture of a prompt starts from the same noise. */
export async function fluxPainter(executor: Executor, profile: Profile, steps: number): Promise<Painter> {
  const { models, tokenizers, imageSize, sampler } = profile, flux = openFlux(models.flux), vae = openAutoencoder(models.vae, imageSize), side = imageSize / downsampling(vae.config);
  const scheduler = readJsonAs(sampler.scheduler, parseSchedulerConfig);
  const empty = await emptyPooled(executor, models.clip, tokenizers?.clip);
  const { guidance, trueCfgScale } = guidanceInputs(sampler.guidance), negative = trueCfgScale === undefined ? undefined : { trueCfgScale, promptEmbeds: await emptyStates(executor, profile), pooled: empty };
  const program = await compileFlux(executor, flux.config, flux.weights), decoder = await compileDecoder(executor, vae.config, vae.weights, side, side), shape = [vae.config.latentChannels, side, side];
  const size = shape.reduce((a, b) => a * b);

  /** Tells pictures whose decoding is not finite, which bytes would hide. */
  async function decodeFinite(latent: Tensor): Promise<Painted> {
    if (!finite(latent)) return { reason: "the image is not finite: FLUX's latent has NaN or infinite numbers" };
    let whole = true;
    const watched: DecoderProgram = {
      ...decoder,
      run: async (feeds) => {
        const result = await decoder.run(feeds);
        whole = finite(result.decoded);
        return result;
      },
    };
    const [image] = await decodeLatents(watched, [latent]);
    return whole ? { png: await encodePng(image!.data, image!.width, image!.height) } : { reason: "the image is not finite: the autoencoder gave NaN or infinite numbers" };
  }

  return {
    lanes: program.lanes ?? 1,
    async paint(orders) {
      // Where there are no features nothing can be drawn; the rest of the batch is drawn as it is.
      const drawn = orders.filter(({ promptEmbeds }) => promptEmbeds.shape[0]! > 0);
      const samples = drawn.map(({ noise: { seed, shots, task, prompt }, promptEmbeds, pooled = empty }) => ({ noise: floats(shape, new Random(seed, "flux noise", shots, task, prompt).normals(size)), promptEmbeds, pooled }));
      const latents = await sampleFlux({ program, samples, scheduler, steps, guidance: flux.config.guidanceEmbeds ? guidance : undefined, negative, batchSize: orders.length });
      const painted = new Map(await inLanes(decoder, drawn, async (order, i) => [order, await decodeFinite(latents[i]!)] as const));
      return orders.map((order) => painted.get(order) ?? { reason: "no image: the LVLM wrote nothing to draw" });
    },
    async release() {
      await program.release();
      await decoder.release();
    },
  };
}
