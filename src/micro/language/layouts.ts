/** The published layouts of the tokenizers, around the micro world's vocabularies: what tokenizer.json and tokenizer_config.json hold. */
import { clipTokenizerJson } from "../../text/clipLayout.ts";
import { qwen2vlChatTemplate } from "./chatTemplate.ts";
import { byteAlphabet } from "./bpe.ts";
import type { Piece } from "./pieces.ts";

export interface TokenizerFiles {
  readonly tokenizer: object;
  readonly config: object;
}

const addedToken = (id: number, content: string): object => ({ id, content, single_word: false, lstrip: false, rstrip: false, normalized: false, special: true });
const numbered = (tokens: readonly string[]): Record<string, number> => Object.fromEntries(tokens.map((token, id) => [token, id]));

const t5Sentinels = 16;

/** T5: pad 0, </s> 1, <unk> 2, the pieces, then the sentinels with <extra_id_0> last. */
export function t5Layout(pieces: readonly Piece[]): TokenizerFiles {
  const special = ["<pad>", "</s>", "<unk>"], sentinels = Array.from({ length: t5Sentinels }, (_, i) => `<extra_id_${t5Sentinels - 1 - i}>`);
  const metaspace = { type: "Metaspace", replacement: "▁", prepend_scheme: "always", split: true };
  const end = { SpecialToken: { id: "</s>", type_id: 0 } };
  return {
    tokenizer: {
      version: "1.0", truncation: null, padding: null,
      added_tokens: [...special.map((token, id) => addedToken(id, token)), ...sentinels.map((token, i) => addedToken(special.length + pieces.length + i, token))],
      normalizer: null,
      pre_tokenizer: { type: "Sequence", pretokenizers: [{ type: "WhitespaceSplit" }, metaspace] },
      post_processor: {
        type: "TemplateProcessing",
        single: [{ Sequence: { id: "A", type_id: 0 } }, end],
        pair: [{ Sequence: { id: "A", type_id: 0 } }, end, { Sequence: { id: "B", type_id: 0 } }, end],
        special_tokens: { "</s>": { id: "</s>", ids: [1], tokens: ["</s>"] } },
      },
      decoder: metaspace,
      model: { type: "Unigram", unk_id: 2, vocab: [...special.map((token): Piece => [token, 0]), ...pieces, ...sentinels.map((token): Piece => [token, 0])], byte_fallback: false },
    },
    config: { tokenizer_class: "T5Tokenizer", pad_token: "<pad>", eos_token: "</s>", unk_token: "<unk>", extra_ids: t5Sentinels, additional_special_tokens: [...sentinels].reverse(), model_max_length: 512 },
  };
}

const qwen2Special = ["endoftext", "im_start", "im_end", "object_ref_start", "object_ref_end", "box_start", "box_end", "quad_start", "quad_end", "vision_start", "vision_end", "vision_pad", "image_pad", "video_pad"].map(name => `<|${name}|>`);

/** Qwen2: 256 bytes, the merges, then its special tokens. */
export function qwen2Layout(merges: readonly (readonly [string, string])[]): TokenizerFiles {
  const tokens = [...byteAlphabet.map(({ symbol }) => symbol), ...merges.map(pair => pair.join(""))];
  const pattern = "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+";
  return {
    tokenizer: {
      version: "1.0", truncation: null, padding: null,
      added_tokens: qwen2Special.map((token, i) => addedToken(tokens.length + i, token)),
      normalizer: { type: "NFC" },
      pre_tokenizer: { type: "Sequence", pretokenizers: [{ type: "Split", pattern: { Regex: pattern }, behavior: "Isolated", invert: false }, { type: "ByteLevel", add_prefix_space: false, trim_offsets: false, use_regex: false }] },
      post_processor: { type: "ByteLevel", add_prefix_space: false, trim_offsets: false, use_regex: false },
      decoder: { type: "ByteLevel", add_prefix_space: false, trim_offsets: false, use_regex: false },
      model: { type: "BPE", dropout: null, unk_token: null, continuing_subword_prefix: "", end_of_word_suffix: "", fuse_unk: false, byte_fallback: false, vocab: numbered(tokens), merges: merges.map(pair => pair.join(" ")) },
    },
    config: {
      tokenizer_class: "Qwen2Tokenizer", pad_token: "<|endoftext|>", eos_token: "<|im_end|>", bos_token: null, unk_token: null, add_prefix_space: false, additional_special_tokens: qwen2Special.slice(1), model_max_length: 32768,
      chat_template: qwen2vlChatTemplate,
    },
  };
}

/** CLIP: 256 bytes, the same with </w>, the merges, <|startoftext|>, <|endoftext|>; lower case. */
export function clipLayout(merges: readonly (readonly [string, string])[]): TokenizerFiles {
  const symbols = byteAlphabet.map(({ symbol }) => symbol), [start, end] = ["<|startoftext|>", "<|endoftext|>"];
  const vocab = numbered([...symbols, ...symbols.map(symbol => `${symbol}</w>`), ...merges.map(pair => pair.join("")), start!, end!]);
  return {
    tokenizer: clipTokenizerJson(vocab, merges.map(pair => pair.join(" "))),
    config: { tokenizer_class: "CLIPTokenizer", bos_token: start, eos_token: end, unk_token: end, pad_token: end, model_max_length: 77, do_lower_case: true, add_prefix_space: false },
  };
}

const llamaSpecial = ["<unk>", "<s>", "</s>"], llamaBytes = Array.from({ length: 256 }, (_, byte) => `<0x${byte.toString(16).toUpperCase().padStart(2, "0")}>`);

/** Llama, as LLaVA has it: <unk> 0, <s> 1, </s> 2, 256 bytes for what is not in the alphabet, the alphabet, the merges, then <image> and <pad>. Spaces are "▁". */
export function llamaLayout(alphabet: readonly string[], merges: readonly (readonly [string, string])[]): TokenizerFiles {
  const tokens = [...llamaSpecial, ...llamaBytes, ...alphabet, ...merges.map(pair => pair.join(""))], added = ["<image>", "<pad>"], begin = { SpecialToken: { id: "<s>", type_id: 0 } };
  return {
    tokenizer: {
      version: "1.0", truncation: null, padding: null,
      added_tokens: [...llamaSpecial.map((token, id) => addedToken(id, token)), ...added.map((token, i) => addedToken(tokens.length + i, token))],
      normalizer: { type: "Sequence", normalizers: [{ type: "Prepend", prepend: "▁" }, { type: "Replace", pattern: { String: " " }, content: "▁" }] },
      pre_tokenizer: null,
      post_processor: {
        type: "TemplateProcessing",
        single: [begin, { Sequence: { id: "A", type_id: 0 } }], pair: [begin, { Sequence: { id: "A", type_id: 0 } }, begin, { Sequence: { id: "B", type_id: 0 } }],
        special_tokens: { "<s>": { id: "<s>", ids: [1], tokens: ["<s>"] } },
      },
      decoder: { type: "Sequence", decoders: [{ type: "Replace", pattern: { String: "▁" }, content: " " }, { type: "ByteFallback" }, { type: "Fuse" }, { type: "Strip", content: " ", start: 1, stop: 0 }] },
      model: { type: "BPE", dropout: null, unk_token: "<unk>", continuing_subword_prefix: null, end_of_word_suffix: null, fuse_unk: true, byte_fallback: true, ignore_merges: false, vocab: numbered(tokens), merges: merges.map(pair => pair.join(" ")) },
    },
    config: { tokenizer_class: "LlamaTokenizer", bos_token: "<s>", eos_token: "</s>", unk_token: "<unk>", pad_token: "<pad>", add_bos_token: true, add_eos_token: false, legacy: false, model_max_length: 4096 },
  };
}
