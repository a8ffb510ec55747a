import type { Action, Animal, Background, Color, ObjectName, Style, Texture } from "../../cobsat/vocabulary.ts";

/** Incidental attributes: seen and sometimes said, never asked for by the benchmark. */
export const sizes = ["small", "large"] as const;
export const sides = ["left", "center", "right"] as const;
export const tones = ["light", "dark", "warm", "cool"] as const;
export const companions = ["star", "moon", "heart", "cloud", "flower", "mushroom", "flag", "lamp"] as const;

export type Size = (typeof sizes)[number];
export type Side = (typeof sides)[number];
export type Tone = (typeof tones)[number];
export type Companion = (typeof companions)[number];

/** One picture of the micro world. The benchmark's pairs set exactly one of the five details; training also sees two at once. */
export interface Scene {
  readonly subject: ObjectName | Animal;
  readonly color?: Color;
  readonly background?: Background;
  readonly style?: Style;
  /** Animals only. */
  readonly action?: Action;
  readonly texture?: Texture;
  readonly size: Size;
  readonly side: Side;
  /** Plain backdrop's tone, seen where there is no `background`. */
  readonly tone: Tone;
  /** A small icon in an upper corner, away from the subject. */
  readonly companion?: Companion;
  /** Names the stream of the remaining nuisances: pose, scale, tint, shifts, clutter. */
  readonly seed: string;
}
