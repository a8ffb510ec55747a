import { surface } from "./details.ts";
import { actions, animals, backgrounds, colors, objects, styles, textures } from "../../cobsat/vocabulary.ts";

export type Piece = readonly [piece: string, score: number];

/** Every word that names a value of the benchmark in captions. */
export const valueWords: ReadonlySet<string> = new Set([...colors, ...objects, ...backgrounds, ...animals, ...styles, ...actions, ...textures].flatMap(value => surface(value).split(" ")));

const suffixes = ["ly", "ing", "ed", "s"];

/** Splits a word of five letters or more into a stem that is a word itself and a suffix; words that name values stay whole. */
function splitWord(word: string, words: ReadonlyMap<string, number>): string[] {
  if (!valueWords.has(word) && word.length >= 5) {
    const suffix = suffixes.find(suffix => word.endsWith(suffix) && word.length - suffix.length >= 4 && words.has(word.slice(0, -suffix.length)));
    if (suffix) return [`▁${word.slice(0, -suffix.length)}`, suffix];
  }
  return [`▁${word}`];
}

/**
 * Unigram pieces of a corpus, best first: its words and suffixes scored by log frequency, punctuation, and characters as a fallback far below them.
 * Scores are rounded, so that every machine writes the same file.
 */
export function unigramPieces(texts: readonly string[]): Piece[] {
  const words = new Map<string, number>(), counts = new Map<string, number>();
  const add = (map: Map<string, number>, key: string, count: number): void => void map.set(key, (map.get(key) ?? 0) + count);
  for (const text of texts) for (const word of text.match(/\w+/g) ?? []) add(words, word, 1);
  for (const word of [...words.keys()]) if (!words.has(word.toLowerCase())) words.set(word.toLowerCase(), 1);
  for (const text of texts) for (const mark of text.match(/[^\w\s]/g) ?? []) add(counts, mark, 1);
  for (const [word, count] of words) for (const piece of splitWord(word, words)) add(counts, piece, count);
  const total = [...counts.values()].reduce((sum, count) => sum + count, 0);
  const round = (score: number): number => Math.round(score * 1e4) / 1e4;
  const pieces = [...counts].map(([piece, count]): Piece => [piece, round(Math.log(count / total))]).sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1));
  const floor = pieces.at(-1)![1] - 10;
  const printable = Array.from({ length: 0x7e - 0x20 }, (_, i) => String.fromCharCode(0x21 + i));
  const fallback = ["▁", ...printable].filter(character => !counts.has(character)).map((character, i): Piece => [character, round(floor - i * 1e-4)]);
  return [...pieces, ...fallback];
}
