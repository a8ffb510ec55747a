/** `npm run compose`: one picture, or a sheet of several, from images and a text. */
import { accessSync, constants, existsSync, realpathSync, statSync } from "node:fs";
import { dirname, extname, resolve } from "node:path";
import { writeAtomically } from "../../files/atomic.ts";
import { UserError } from "../../files/userError.ts";
import { inLanes, type Executor } from "../../graph/executor.ts";
import { decodeImage, encodePng, type Image } from "../../images/image.ts";
import { fluxPainter, pooledTexts } from "../benchCobsat/painter.ts";
import { rescaledGuidance, type Guidance } from "../guidance.ts";
import { drawingCompositions, requireModels, type Profile } from "../profile.ts";
import { trainVariant } from "../train.ts";
import { conditioner } from "./conditioner.ts";

export interface ComposeOptions {
  readonly executor: Executor;
  readonly profile: Profile;
  /** Paths, in the order in which their tokens follow each other. */
  readonly images: readonly string[];
  readonly text: string;
  readonly out: string;
  /** Of the noise; 42 by default. */
  readonly seed?: number;
  readonly steps?: number;
  /** Pictures; several make a sheet. 1 by default. */
  readonly n?: number;
  readonly guidance?: number;
  readonly signal?: AbortSignal;
}

export interface Composed { readonly out: string; readonly width: number; readonly height: number; readonly n: number; readonly seed: number; readonly steps: number; readonly guidance: number; readonly aligner: string }

const mostImages = 4, mostPictures = 64, gap = 2;

/** Pictures of one size in rows, white between them. */
export function sheet(pictures: readonly Image[]): Image {
  if (pictures.length === 1) return pictures[0]!;
  const { width: w, height: h } = pictures[0]!, columns = Math.ceil(Math.sqrt(pictures.length)), rows = Math.ceil(pictures.length / columns);
  const width = columns * (w + gap) - gap, height = rows * (h + gap) - gap, data = new Uint8Array(width * height * 3).fill(255);
  pictures.forEach((picture, i) => {
    const left = (i % columns) * (w + gap), top = Math.floor(i / columns) * (h + gap);
    for (let y = 0; y < h; y++) data.set(picture.data.subarray(y * w * 3, (y + 1) * w * 3), ((top + y) * width + left) * 3);
  });
  return { width, height, data };
}

/** Throws a UserError where a file could not be written, before anything is drawn; its folders are made with it. */
function checkWritable(out: string): void {
  let place = dirname(resolve(out));
  while (!existsSync(place)) place = dirname(place);
  if (!statSync(place).isDirectory()) throw new UserError(`--out: ${place} is no folder, so ${out} cannot be written; name another place`, 2);
  try {
    accessSync(place, constants.W_OK);
  } catch {
    throw new UserError(`--out: the folder ${place} cannot be written to; name another place`, 2);
  }
}

/** Checks the options and gives the guidance they ask for. */
function check({ images, out, n = 1, guidance, profile: { name, sampler } }: ComposeOptions): Guidance {
  const wrong = (message: string): never => { throw new UserError(message, 2); };
  if (images.length === 0 || images.includes("")) wrong("--image: name an image file");
  if (images.length > mostImages) wrong(`--image: at most ${mostImages} images, found ${images.length}`);
  if (n > mostPictures) wrong(`--n: at most ${mostPictures} pictures, found ${n}`);
  if (extname(out).toLowerCase() !== ".png") wrong(`--out: a PNG is written, so the name must end in .png, found ${JSON.stringify(out)}`);
  if (existsSync(out) && statSync(out).isDirectory()) wrong(`--out: ${out} is a folder; name a file`);
  const drawnOver = existsSync(out) ? images.find((path) => existsSync(path) && realpathSync(path) === realpathSync(out)) : undefined;
  if (drawnOver !== undefined) wrong(`--out: ${out} is the --image ${drawnOver}, which it would replace; name another file`);
  checkWritable(out);
  const asked = guidance === undefined ? sampler.guidance : rescaledGuidance(sampler.guidance, guidance);
  return typeof asked === "string" ? wrong(`--guidance ${guidance}: in the ${name} profile ${asked}`) : asked;
}

/** Draws from images and a text as ThinkDiff-CLIP was released, training its aligner first where none of the same identity is there; the PNG is written whole or not at all. */
export async function compose(options: ComposeOptions): Promise<Composed> {
  const guidance = check(options);
  const { executor, images, text, out, seed = 42, n = 1, signal } = options, profile = drawingCompositions(options.profile), { sampler, models, clipAligner, cache } = profile, steps = options.steps ?? sampler.steps;
  requireModels(profile, ["vision", "t5", "t5-text", "flux", "vae", "clip"]);
  const pictures: Image[] = [];
  for (const path of images) pictures.push(await decodeImage(path));
  const { folder } = await trainVariant({ executor, folders: models, cache, ...clipAligner, ...(signal ? { signal } : {}) });
  const source = await conditioner(executor, profile, folder), painter = await fluxPainter(executor, { ...profile, sampler: { ...sampler, guidance } }, steps);
  try {
    const promptEmbeds = await source.condition(pictures, text), [pooled] = await pooledTexts(executor, models.clip, [text], profile.tokenizers?.clip);
    const drawn = await inLanes(painter, Array.from({ length: n }, (_, i) => i), async (i): Promise<Image> => {
      signal?.throwIfAborted();
      const [painted] = await painter.paint([{ noise: { seed, shots: pictures.length, task: "compose", prompt: i }, promptEmbeds, pooled: pooled! }]);
      if (!("png" in painted!)) throw new UserError(`picture ${i + 1} of ${n}: ${painted!.reason}; try another --seed or --guidance`);
      return decodeImage(painted.png);
    });
    const { width, height, data } = sheet(drawn);
    writeAtomically(out, await encodePng(data, width, height));
    return { out, width, height, n, seed, steps, guidance: guidance.scale, aligner: folder };
  } finally {
    await source.release();
    await painter.release();
  }
}
