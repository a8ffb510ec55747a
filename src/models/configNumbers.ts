/** Numbers of a published config.json, within bounds that no real model comes near: a wrong one is told by its name instead of filling the memory. */
import { z } from "zod";

/** A width, a vocabulary, a number of heads or channels. */
export const size = z.int().min(1).max(2 ** 20);

/** A number of blocks. */
export const layers = z.int().min(1).max(1000);

/** A number of blocks of a kind that a model may do without. */
export const anyLayers = z.int().min(0).max(1000);

/** A side of a picture or a patch, in pixels. */
export const pixels = z.int().min(1).max(4096);

/** A token id. */
export const tokenId = z.int().min(0).max(2 ** 20);
