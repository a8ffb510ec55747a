const [start, end] = ["<|startoftext|>", "<|endoftext|>"] as const;

/** How CLIP's tokenizer splits a text. */
export const clipPattern = "<\\|startoftext\\|>|<\\|endoftext\\|>|'s|'t|'re|'ve|'m|'ll|'d|[\\p{L}]+|[\\p{N}]|[^\\s\\p{L}\\p{N}]+";

/** CLIP's tokenizer.json for a vocabulary and merges ("left right"): lower case, words ended by </w>, <|startoftext|> before and <|endoftext|> behind a text. */
export function clipTokenizerJson(vocab: Readonly<Record<string, number>>, merges: readonly string[]): object {
  const startId = vocab[start], endId = vocab[end];
  if (startId === undefined || endId === undefined) throw new Error(`CLIP vocabulary: expected the tokens ${start} and ${end}`);
  const addedToken = (id: number, content: string, normalized: boolean): object => ({ id, content, single_word: false, lstrip: false, rstrip: false, normalized, special: true });
  return {
    version: "1.0", truncation: null, padding: null,
    added_tokens: [addedToken(startId, start, true), addedToken(endId, end, false)],
    normalizer: { type: "Sequence", normalizers: [{ type: "NFC" }, { type: "Replace", pattern: { Regex: "\\s+" }, content: " " }, { type: "Lowercase" }] },
    pre_tokenizer: { type: "Sequence", pretokenizers: [{ type: "Split", pattern: { Regex: clipPattern }, behavior: "Removed", invert: true }, { type: "ByteLevel", add_prefix_space: false, trim_offsets: true, use_regex: true }] },
    post_processor: { type: "RobertaProcessing", sep: [end, endId], cls: [start, startId], trim_offsets: false, add_prefix_space: false },
    decoder: { type: "ByteLevel", add_prefix_space: true, trim_offsets: true, use_regex: true },
    model: { type: "BPE", dropout: null, unk_token: end, continuing_subword_prefix: "", end_of_word_suffix: "</w>", fuse_unk: false, byte_fallback: false, vocab, merges },
  };
}
