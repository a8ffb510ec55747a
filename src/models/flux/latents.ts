/** FLUX's packing of latents: each 2 x 2 patch of pixels is one token of 4 C channels (reference: diffusers' FluxPipeline). */
import { floats, type Tensor } from "../../graph/tensor.ts";

/** Calls back with each element's place in [B, C, h, w] and in [B, h/2 * w/2, 4 C]. */
function eachPlace([B, C, h, w]: readonly [number, number, number, number], visit: (image: number, packed: number) => void): void {
  let image = 0;
  for (let b = 0; b < B; b++) for (let c = 0; c < C; c++) for (let y = 0; y < h; y++) for (let x = 0; x < w; x++) {
    const token = (b * (h >> 1) + (y >> 1)) * (w >> 1) + (x >> 1);
    visit(image++, token * 4 * C + c * 4 + (y & 1) * 2 + (x & 1));
  }
}

/** Latents [B, C, h, w] as tokens [B, h/2 * w/2, 4 C]; throws on odd sides. */
export function packLatents(latents: Tensor): Tensor {
  const [B, C, h, w] = latents.shape as [number, number, number, number];
  if (latents.shape.length !== 4 || h % 2 !== 0 || w % 2 !== 0) throw new Error(`packing takes latents [B, C, h, w] with even sides, found [${latents.shape.join(", ")}]`);
  const packed = new Float32Array(latents.data.length);
  eachPlace([B, C, h, w], (from, to) => { packed[to] = latents.data[from]!; });
  return floats([B, (h / 2) * (w / 2), 4 * C], packed);
}

/** The inverse of packLatents for latents of `height` x `width` pixels: [B, C, height, width]. */
export function unpackLatents(packed: Tensor, height: number, width: number): Tensor {
  const [B, tokens, channels] = packed.shape as [number, number, number];
  if (packed.shape.length !== 3 || height % 2 !== 0 || width % 2 !== 0 || tokens !== (height / 2) * (width / 2)) throw new Error(`[${packed.shape.join(", ")}] are not packed latents of ${height} x ${width}`);
  const latents = new Float32Array(packed.data.length);
  eachPlace([B, channels / 4, height, width], (to, from) => { latents[to] = packed.data[from]!; });
  return floats([B, channels / 4, height, width], latents);
}

/** Rotary ids (0, row, column) of the tokens of latents of `height` x `width` pixels: float32 [tokens, 3]. */
export function latentImageIds(height: number, width: number): Tensor {
  const rows = height / 2, columns = width / 2;
  return floats([rows * columns, 3], Array.from({ length: rows * columns }, (_, i) => [0, Math.floor(i / columns), i % columns]).flat());
}
