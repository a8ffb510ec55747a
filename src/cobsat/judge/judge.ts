/** What a judge is: something that looks at a picture and names its detail and its main object. */
import type { Image } from "../../images/image.ts";
import type { Half, Theme } from "../tasks.ts";

/** A judge's choice for one half: one of the theme's ten values, or why there is none. `reply` is what a language model said. */
export type Choice =
  | { readonly value: string; readonly reply?: string }
  | { readonly value?: undefined; readonly reason: string; readonly reply?: string };

/** A judge's answer for one picture. */
export interface Judged {
  readonly detail: Choice;
  readonly object: Choice;
}

/** Two halves in words; one that no usable answer names is null or left out. */
export type Named = Readonly<Partial<Record<Half, string | null | undefined>>>;

/** What an answer names. */
export const namedBy = ({ detail, object }: Judged): Named => ({ detail: detail.value, object: object.value });

/** Whether both halves are named alike. */
export const namesAlike = (a: Named, b: Named): boolean => a.detail === b.detail && a.object === b.object;

/** One picture to judge; the theme decides the twenty options. */
export interface JudgeItem {
  readonly image: Image;
  readonly theme: Theme;
}

export interface Judge {
  readonly name: string;
  /** Names every byte that decides its answers (weights, settings), as a sha256 or an address and model name. */
  readonly identity: string;
  /** Judges pictures, answers in their order; one picture's answer does not depend on its neighbours. */
  judge(items: readonly JudgeItem[]): Promise<readonly Judged[]>;
}
