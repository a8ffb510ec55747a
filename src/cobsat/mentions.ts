import { actions, animals, backgrounds, colors, objects, styles, textures } from "./vocabulary.ts";

const slotValues = { color: colors, background: backgrounds, style: styles, action: actions, texture: textures } as const;
export type DetailSlot = keyof typeof slotValues;

/** The values of CoBSAT's vocabulary found in a text, each once, in the vocabulary's order. */
export interface Mentions {
  readonly details: Readonly<Record<DetailSlot, readonly string[]>>;
  readonly subjects: readonly string[];
}

/** Other spellings of a value: the names shown to models, adjectives and participles. */
const otherForms: Readonly<Record<string, readonly string[]>> = {
  "3d": ["wireframe"], park: ["amusement park"], wood: ["wooden"], sequined: ["sequin"], leaf: ["leaves"], futuristic: ["futurist"],
  swim: ["swimming"], sleep: ["sleeping"], sing: ["singing"], run: ["running"], read: ["reading"], fly: ["flying", "flies"], eat: ["eating"], drink: ["drinking"], cry: ["crying", "cries"],
};

function finder(values: readonly string[]): (text: string) => string[] {
  const patterns = values.map(value => new RegExp(`\\b(?:${[value, ...(otherForms[value] ?? [])].join("|")})(?:e?s)?\\b`, "i"));
  return text => values.filter((_, i) => patterns[i]!.test(text));
}

const findSubjects = finder([...objects, ...animals]);
const findDetails = Object.entries(slotValues).map(([slot, values]) => [slot, finder(values)] as const);

/** Finds the details and subjects a text names, by whole words in any case, with plurals, participles and the names shown to models. */
export function mentions(text: string): Mentions {
  return { details: Object.fromEntries(findDetails.map(([slot, find]) => [slot, find(text)])) as unknown as Mentions["details"], subjects: findSubjects(text) };
}
