import type { Tensor } from "../../graph/tensor.ts";
import type { Image } from "../../images/image.ts";

/** A recorded image (levels 0 to 255, int32 [H, W, 3]) as 8-bit RGB. */
export function packImage({ shape, data }: Tensor): Image {
  const [height, width] = shape as readonly [number, number, number];
  return { height, width, data: Uint8Array.from(data) };
}
