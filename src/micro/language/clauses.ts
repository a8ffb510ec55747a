import type { Random } from "../../random/random.ts";
import { detailWords, phrases, type Slot } from "./details.ts";
import { expand } from "./template.ts";

export interface Detail {
  readonly slot: Slot;
  readonly value: string;
}

const frames = [
  "[this|the] <picture> <shows> {np}", "[this|the] <quality> <picture> <shows> {np}", "there is {np} [here|]", "here is {np}", "here we [see|have|find] {np}", "it is {np}", "one can [see|find|notice] {np} [here|]",
  "we [can see|see|find|notice] {np} [here|]", "you can [see|find|notice] {np} [here|]", "this is {np}", "in this <picture> there is {np}", "[a|this|the] <picture> of {np} is <seen>", "a <quality?> <picture> of {np}", "{np} is <adverb?> <seen> [here|]",
];
const subjectClauses = [
  "the <main> <subject> is [a|the] <quality?> {n}", "a {n} is <adverb?> <seen> [here|]", "the {n} is <adverb?> <seen> [here|]", "the {n} <is> <quality>", "one can <adverb?> see the {n}", "we [see|notice] the {n} [here|]",
  "the {n} is the <main> <subject>", "the {n} [stands out|draws attention|catches the eye|fits the <picture>|takes the stage]", "it is <adverb?> a {n}", "the <picture> [is about|turns to] [a|the] <quality?> {n}",
];
const subjectRequests = ["show the {n} <adverb>", "the <main> <subject> [should|must] be [a|the] {n}", "let the {n} stand out", "make the {n} <quality>", "the {n} [should|must] be <quality>", "keep the {n} <quality>"];

/** A detail's template with the detail's own words filled in. */
function detailText(template: string, detail: Detail, random: Random, more: Readonly<Record<string, string>> = {}): string {
  const words = detailWords(detail.slot, detail.value);
  const filled = template.replace(/\{(v|at|m)\}/g, (_, name: "v" | "at" | "m") => words[name]);
  return expand(filled, random, more);
}

/** A noun phrase that names the subject and the given details once each, before or behind the noun in varied order. */
export function nounPhrase(determiner: string, noun: string, details: readonly Detail[], size: string | undefined, random: Random): string {
  const before: string[] = [], behind: string[] = [];
  for (const detail of random.shuffle(details)) {
    if (phrases[detail.slot].adjective && random.chance(0.65)) before.push(detailText("{v}", detail, random));
    else behind.push(detailText(random.pick(phrases[detail.slot].behind), detail, random));
  }
  const adjectives = [...(size ? [size] : []), ...(random.chance(0.15) ? [expand("<quality>", random)] : [])];
  return [determiner, ...random.shuffle(adjectives), ...before, noun, ...behind].join(" ");
}

/** A clause that names the subject (where `noun` is given) and the given details once each; `first` makes it introduce them. */
export function mentionClause(noun: string | undefined, details: readonly Detail[], size: string | undefined, first: boolean, random: Random): string {
  if (noun === undefined) {
    return random.shuffle(details).map(detail => detailText(random.pick(phrases[detail.slot].clause), detail, random)).join(expand("[ and |, and |, while ]", random));
  }
  const determiner = first ? "a" : random.pick(["the", "the", "this"]);
  if (details.length === 0) return expand(random.pick(subjectClauses), random, { n: size ? `${size} ${noun}` : noun });
  const way = random.uniform();
  if (way < (first ? 0.6 : 0.25)) return expand(random.pick(frames), random, { np: nounPhrase(first ? "a" : random.pick(["a", "the"]), noun, details, size, random) });
  const [told, ...rest] = random.shuffle(details) as [Detail, ...Detail[]];
  const np = nounPhrase(determiner, noun, rest, size, random);
  if (way < 0.65) return `${np} ${detailText(random.pick(phrases[told.slot].predicate), told, random)}`;
  return detailText(random.pick(phrases[told.slot].front), told, random, { np });
}

/** The same as a request, for prompts: names the subject (where given) and the details once each. */
export function requestClause(noun: string | undefined, details: readonly Detail[], size: string | undefined, random: Random): string {
  if (noun === undefined) {
    return random.shuffle(details).map(detail => detailText(random.pick(phrases[detail.slot].request), detail, random)).join(expand("[ and |, and ]", random));
  }
  if (details.length === 0) return expand(random.pick(subjectRequests), random, { n: size ? `${size} ${noun}` : noun });
  return expand("[show|draw|depict|include|display] {np} <adverb?>", random, { np: nounPhrase(random.pick(["a", "the"]), noun, details, size, random) });
}
