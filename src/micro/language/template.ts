import type { Random } from "../../random/random.ts";
import { lexicon, type WordClass } from "./lexicon.ts";

const optionalWordChance = 0.3;

/**
 * Expands one template: `[a|b|]` picks an alternative (nesting allowed), `<class>` a word of the lexicon, `<class?>` the same three times in ten, `{slot}` the given text.
 * Throws on a class or slot that does not exist.
 */
export function expand(template: string, random: Random, slots: Readonly<Record<string, string>> = {}): string {
  let text = template;
  for (let previous = ""; previous !== text;) {
    previous = text;
    text = text.replace(/\[([^[\]]*)\]/g, (_, choices: string) => random.pick(choices.split("|")));
  }
  text = text.replace(/<(\w+)(\??)>/g, (_, name: string, optional: string) => {
    const words = lexicon[name as WordClass] as readonly string[] | undefined;
    if (!words) throw new Error(`template "${template}": no word class "${name}"`);
    return optional && !random.chance(optionalWordChance) ? "" : random.pick(words);
  });
  return text.replace(/\{(\w+)\}/g, (_, name: string) => {
    const value = slots[name];
    if (value === undefined) throw new Error(`template "${template}": no text for {${name}}`);
    return value;
  });
}

/** Joins clauses into sentences as written: single spaces, "a" or "an", a capital first letter, a full stop. */
export function sentence(clause: string): string {
  const text = clause.replace(/\s+/g, " ").replace(/ ,/g, ",").trim().replace(/\b([Aa]) (?=[aeiou])/g, "$1n ");
  return `${text[0]!.toUpperCase()}${text.slice(1)}.`;
}

/** Length of a text in words and punctuation marks. */
export function countWords(text: string): number {
  return text.match(/\w+|[^\w\s]/g)?.length ?? 0;
}
