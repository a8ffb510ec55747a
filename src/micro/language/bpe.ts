/** Byte-pair encoding, trained (Sennrich et al., 2016), over symbols of GPT-2's byte alphabet. */

/** GPT-2's printable stand-in for each byte, in vocabulary order: the bytes that print as themselves first, the others from U+0100 on. */
export const byteAlphabet: readonly { readonly byte: number; readonly symbol: string }[] = (() => {
  const prints = (byte: number): boolean => (byte >= 0x21 && byte <= 0x7e) || (byte >= 0xa1 && byte <= 0xac) || byte >= 0xae;
  const bytes = Array.from({ length: 256 }, (_, byte) => byte), hidden = bytes.filter(byte => !prints(byte));
  return [...bytes.filter(prints).map(byte => ({ byte, symbol: String.fromCharCode(byte) })), ...hidden.map((byte, i) => ({ byte, symbol: String.fromCharCode(0x100 + i) }))];
})();

const symbolOf = new Map(byteAlphabet.map(({ byte, symbol }) => [byte, symbol]));

/** A word's UTF-8 bytes as symbols; `end` is appended to the last one. */
export function byteSymbols(word: string, end = ""): string[] {
  const symbols = [...new TextEncoder().encode(word)].map(byte => symbolOf.get(byte)!);
  symbols[symbols.length - 1] += end;
  return symbols;
}

/** Learns up to `count` merges, most frequent pair first and ties in code-unit order; stops where no pair occurs twice. `words` are [symbols, frequency]. */
export function trainMerges(words: readonly (readonly [readonly string[], number])[], count: number): [left: string, right: string][] {
  const corpus = words.map(([symbols, frequency]) => ({ symbols: [...symbols], frequency }));
  const frequencies = new Map<string, number>();
  const tally = (symbols: readonly string[], frequency: number): void => {
    for (let i = 1; i < symbols.length; i++) {
      const pair = `${symbols[i - 1]} ${symbols[i]}`;
      frequencies.set(pair, (frequencies.get(pair) ?? 0) + frequency);
    }
  };
  for (const word of corpus) tally(word.symbols, word.frequency);
  const merges: [string, string][] = [];
  while (merges.length < count) {
    let best = "", most = 1;
    for (const [pair, frequency] of frequencies) if (frequency > most || (frequency === most && best !== "" && pair < best)) [best, most] = [pair, frequency];
    if (best === "") break;
    const [left, right] = best.split(" ") as [string, string];
    merges.push([left, right]);
    for (const word of corpus) {
      const merged = mergePair(word.symbols, left, right);
      if (merged.length === word.symbols.length) continue;
      tally(word.symbols, -word.frequency);
      tally(merged, word.frequency);
      word.symbols = merged;
    }
  }
  return merges;
}

function mergePair(symbols: readonly string[], left: string, right: string): string[] {
  const merged: string[] = [];
  for (let i = 0; i < symbols.length; i++) {
    if (symbols[i] === left && symbols[i + 1] === right) {
      merged.push(left + right);
      i++;
    } else merged.push(symbols[i]!);
  }
  return merged;
}
