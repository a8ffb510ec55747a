import { join } from "node:path";
import { actions } from "../../cobsat/vocabulary.ts";
import { writeAtomically } from "../../files/atomic.ts";
import { byteSymbols, trainMerges } from "./bpe.ts";
import { captionCorpus, instructionCorpus, judgeCorpus } from "./corpus.ts";
import { clipLayout, llamaLayout, qwen2Layout, t5Layout, type TokenizerFiles } from "./layouts.ts";
import { unigramPieces, valueWords } from "./pieces.ts";

/** The LVLM's merges are few enough that rare words split, so that its tokens and T5's differ, and many enough that captions stay under 48 tokens. */
const lvlmMerges = 690, clipMerges = 400;
/** Counts given to each instruction and each value's word (actions also as CoBSAT shows them, without -ing) beside the captions' own. */
const instructionWeight = 150, valueWeight = 200;

const qwen2Words = /'(?:[sStTmMdD]|[rR][eE]|[vV][eE]|[lL][lL])|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+/gu;
const clipWords = /'s|'t|'re|'ve|'m|'ll|'d|\p{L}+|\p{N}|[^\s\p{L}\p{N}]+/gu;

/** Llama's merges are learned within these, so that none joins words. */
const llamaWords = /▁?[A-Za-z]+|▁?[^A-Za-z]/gu;

function countPieces(texts: readonly (readonly [string, number])[], pattern: RegExp): Map<string, number> {
  const counts = new Map<string, number>();
  for (const [text, weight] of texts) for (const piece of text.match(pattern) ?? []) counts.set(piece, (counts.get(piece) ?? 0) + weight);
  return counts;
}

/** The second judge's: it reads its questions and answers with a number, nothing else, so every word of theirs is one token. */
function judgeTokenizer(): TokenizerFiles {
  const words = countPieces(judgeCorpus().map(text => [`▁${text.replaceAll(" ", "▁")}`, 2] as const), llamaWords);
  const alphabet = [...new Set([...words.keys()].flatMap(word => [...word]))].filter(symbol => symbol !== "\n").sort();
  return llamaLayout(alphabet, trainMerges([...words].map(([word, count]) => [[...word], count] as const), Infinity));
}

/** The tokenizers' files, made from the grammar alone: the same on every machine. */
export function makeTokenizers(): Record<"t5" | "lvlm" | "clip" | "llava", TokenizerFiles> {
  const captions = captionCorpus();
  const said = captions.map(text => [text, 1] as const), told = instructionCorpus().map(text => [text, instructionWeight] as const), values = [...new Set([...valueWords, ...actions])].map(word => [` ${word}`, valueWeight] as const);
  const lvlm = countPieces([...said, ...told, ...values], qwen2Words);
  const clip = countPieces(said.map(([text]) => [text.toLowerCase(), 1] as const), clipWords);
  return {
    t5: t5Layout(unigramPieces(captions)),
    lvlm: qwen2Layout(trainMerges([...lvlm].map(([word, count]) => [byteSymbols(word), count] as const), lvlmMerges)),
    clip: clipLayout(trainMerges([...clip].map(([word, count]) => [byteSymbols(word, "</w>"), count] as const), clipMerges)),
    llava: judgeTokenizer(),
  };
}

/** The text of a JSON file as `buildTokenizers` writes it. */
export function jsonFile(value: object): string {
  return `${JSON.stringify(value, null, 1)}\n`;
}

/** Writes tokenizer.json and tokenizer_config.json of each tokenizer into `folder`/{t5,lvlm,clip,llava}, each file whole or not at all. */
export function buildTokenizers(folder: string): void {
  for (const [name, { tokenizer, config }] of Object.entries(makeTokenizers())) {
    writeAtomically(join(folder, name, "tokenizer.json"), jsonFile(tokenizer));
    writeAtomically(join(folder, name, "tokenizer_config.json"), jsonFile(config));
  }
}
