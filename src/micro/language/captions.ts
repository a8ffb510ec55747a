/**
 * What is said about a scene. The aligner learns from these texts which feature means which word, so a subject and each set detail are named equally often, at least twice,
 * in different sentences and in varied order; every value has one surface form, and no value's word has another meaning in the grammar.
 */
import type { Random } from "../../random/random.ts";
import type { Scene } from "../world/scene.ts";
import { type Detail, mentionClause, nounPhrase, requestClause } from "./clauses.ts";
import { sceneDetails, surface } from "./details.ts";
import { type Incidental, chooseIncidentals } from "./incidentals.ts";
import { countWords, expand, sentence } from "./template.ts";

/** Which of the subject (S) and the details (A, B) each sentence names, by the number of details; repeated plans are more frequent. */
const plans: readonly (readonly string[])[] = [
  ["S S", "S S"],
  ["SA SA", "SA SA", "SA A S", "SA A S", "SA S A", "SA S A", "S A SA", "A S SA", "S SA A", "A SA S", "SA SA SA", "SA A SA S"],
  ["SAB SAB", "SAB SAB", "SAB SA B", "SAB A SB", "SAB AB S", "SAB S AB", "SA SB AB", "SA B SAB", "SAB B SA"],
];

const fillers = [
  "the <mood> <is> <quality>", "it makes a <quality> <picture>", "everything <is> <quality>", "the <parts> are <quality>", "the <picture> <is> <quality> and <quality>", "it <is> <quality>", "nothing is hidden", "the <mood> is <adverb> <quality>",
  "a <quality> <mood> is felt", "the <parts> [look|seem|appear] <quality>",
];

/** Bounds of a full caption in words and punctuation marks; T5 adds its end token and splits some words. */
const shortest = 19, longest = 32, attempts = 20;

/** The sentences of one attempt: the plan's mentions with the incidental attributes worked in. */
function compose(scene: Scene, incidentals: readonly Incidental[], prompt: boolean, random: Random): string[] {
  const details: Detail[] = random.shuffle(sceneDetails(scene));
  if (details.length > 2) throw new Error(`caption of scene ${scene.seed}: at most two details can be put into words, found ${details.length}`);
  const noun = surface(scene.subject);
  const available = plans[details.length]!;
  const full = ["S", "SA", "SAB"][details.length]!;
  const planned = random.pick(prompt ? available.filter(plan => plan.split(" ")[0] === full) : available).split(" ");
  const withSubject = planned.flatMap((names, i) => (names.includes("S") ? [i] : []));
  const size = incidentals.find(incidental => incidental.adjective !== undefined && random.chance(0.7));
  const sizeAt = random.pick(withSubject);
  const clauses = planned.map((names, i) => {
    const named = details.filter((_, k) => names.includes("AB"[k]!));
    const adjective = size && i === sizeAt ? size.adjective : undefined;
    const subject = names.includes("S") ? noun : undefined;
    if (prompt && i === 0) return expand("create an image of {np}", random, { np: nounPhrase("a", noun, named, adjective, random) });
    if (prompt && random.chance(0.5)) return requestClause(subject, named, adjective, random);
    return mentionClause(subject, named, adjective, i === 0, random);
  });
  const alone: Incidental[] = [];
  for (const incidental of incidentals) {
    if (incidental === size) continue;
    if (incidental.behind !== undefined && random.chance(0.65)) clauses[random.pick(withSubject)] += `, ${incidental.behind}`;
    else if (clauses.length + alone.length < 4 && random.chance(0.6)) alone.push(incidental);
    else clauses[random.int(clauses.length)] += `[, and | and |, while ]${incidental.clause}`;
  }
  for (const { clause, last } of alone) clauses.splice(last ? clauses.length : 1 + random.int(clauses.length), 0, clause);
  return clauses.map(clause => sentence(expand(clause, random)));
}

/** Sentences of a length within bounds, near a random aim: neutral remarks lengthen short ones, and where no attempt fits an incidental attribute is left out. */
function write(scene: Scene, prompt: boolean, random: Random, told?: readonly Incidental[]): string {
  const aim = shortest + random.int(3);
  for (let incidentals = told ?? chooseIncidentals(scene, random); ; incidentals = incidentals.slice(1)) {
    for (let attempt = 0; attempt < attempts; attempt++) {
      const sentences = compose(scene, incidentals, prompt, random);
      while (sentences.length < 4 && countWords(sentences.join(" ")) < aim) sentences.splice(1 + random.int(sentences.length), 0, sentence(expand(random.pick(fillers), random)));
      const length = countWords(sentences.join(" "));
      if (length >= shortest && length <= longest) return sentences.join(" ");
    }
  }
}

/** A truthful caption of 2 to 4 sentences, about 20 to 38 T5 tokens, naming the subject and every set detail at least twice. */
export function fullCaption(scene: Scene, random: Random): string {
  return write(scene, false, random);
}

/** A full caption in the form of a diffusion prompt, beginning "Create an image of". */
export function promptAnswer(scene: Scene, random: Random): string {
  return write(scene, true, random);
}

/** A diffusion prompt for a picture nobody has seen yet: as `promptAnswer`, without incidental attributes. */
export function promptForUnseen(scene: Scene, random: Random): string {
  return write(scene, true, random, []);
}

const briefFrames = ["this is {np}", "here is {np}", "there is {np}", "we see {np}", "it is {np}", "{np} here", "[a|the] <picture> of {np}", "{np} is <seen>"];

/** One sentence of about 5 to 12 T5 tokens naming the subject and every set detail once. */
export function briefCaption(scene: Scene, random: Random): string {
  const details = sceneDetails(scene);
  for (;;) {
    const text = sentence(expand(random.pick(briefFrames), random, { np: nounPhrase("a", surface(scene.subject), details, undefined, random) }));
    if (countWords(text) <= 10) return text;
  }
}
