import { join } from "node:path";
import { readJson } from "../files/json.ts";
import { UserError } from "../files/userError.ts";
import { type ChatMessage, renderChat } from "./chat.ts";
import { loadTokenizer, readJsonObject, type TextTokenizer } from "./tokenizer.ts";

/** One line of a reference check: how many rows differ, of how many allowed to. */
export interface CheckRow {
  readonly name: string;
  readonly error: number;
  readonly tolerance: number;
  readonly ok: boolean;
}

interface EncodeRow {
  readonly text: string; readonly ids: number[]; readonly ids_without_special: number[]; readonly tokens: string[]; readonly decoded: string; readonly decoded_without_special: string; readonly rare?: boolean;
}
interface DecodeRow {
  readonly ids: number[]; readonly text: string; readonly text_without_special: string; readonly rare?: boolean;
}
interface ChatRow {
  readonly name: string; readonly messages: ChatMessage[]; readonly add_generation_prompt?: boolean; readonly add_vision_id?: boolean; readonly rendered: string; readonly ids: number[];
}

/** Counts differing rows by output; rows over which implementations differ (`rare`) are counted apart and allowed to differ. */
class Tally {
  readonly #lines = new Map<string, { differing: number; rows: number; rare: boolean }>();

  add(name: string, rare: boolean, got: unknown, want: unknown): void {
    const key = rare ? `${name} (rare rows)` : name;
    const line = this.#lines.get(key) ?? { differing: 0, rows: 0, rare };
    line.rows++;
    if (JSON.stringify(got) !== JSON.stringify(want)) line.differing++;
    this.#lines.set(key, line);
  }

  rows(): CheckRow[] {
    return [...this.#lines].map(([name, { differing, rows, rare }]) => {
      const tolerance = rare ? rows : 0;
      return { name: `${name}, ${rows} rows`, error: differing, tolerance, ok: differing <= tolerance };
    });
  }
}

function checkTokenizer(name: string, folder: string, tally: Tally): void {
  const tokenizer = loadTokenizer(folder);
  const cases = readJsonObject(join(folder, "cases.json")) as unknown as { encode: EncodeRow[]; decode: DecodeRow[] };
  // CLIP's reference turns "</w>" into a space and trims the ends.
  const decode = (ids: readonly number[], skipSpecial: boolean): string => {
    const text = tokenizer.decode(ids, { skipSpecial });
    return name === "clip" ? text.trim() : text;
  };
  for (const row of cases.encode) {
    const rare = row.rare === true;
    tally.add(`${name} ids`, rare, tokenizer.encode(row.text), row.ids);
    tally.add(`${name} ids_without_special`, rare, tokenizer.encode(row.text, { special: false }), row.ids_without_special);
    tally.add(`${name} tokens`, rare, tokenizer.pieces(row.text), row.tokens);
    tally.add(`${name} decoded`, rare, decode(row.ids, false), row.decoded);
    tally.add(`${name} decoded_without_special`, rare, decode(row.ids, true), row.decoded_without_special);
  }
  for (const row of cases.decode) {
    const rare = row.rare === true;
    tally.add(`${name} decode`, rare, decode(row.ids, false), row.text);
    tally.add(`${name} decode_without_special`, rare, decode(row.ids, true), row.text_without_special);
  }
}

function checkChat(name: string, path: string, tokenizer: TextTokenizer, tally: Tally): void {
  for (const row of readJson(path) as ChatRow[]) {
    const rendered = renderChat(tokenizer, row.messages, { addGenerationPrompt: row.add_generation_prompt ?? false, addVisionId: row.add_vision_id ?? false });
    tally.add(`${name} rendered`, false, rendered, row.rendered);
    tally.add(`${name} ids`, false, tokenizer.encode(rendered, { special: false }), row.ids);
  }
}

/** Compares every tokenizer and chat template of a reference pack with its recorded rows, exactly; the error is the number of rows that differ. Throws a UserError on a pack of another kind. */
export function checkTokenizerPack(folder: string): CheckRow[] {
  const pack = readJsonObject(join(folder, "pack.json")) as { cases?: { name: string; kind: string; folder?: string; file?: string; tokenizer?: string }[] };
  const tally = new Tally();
  for (const { name, kind, folder: tokenizer, file, tokenizer: user } of pack.cases ?? []) {
    if (kind === "tokenizer" && tokenizer !== undefined) checkTokenizer(name, join(folder, tokenizer), tally);
    else if (kind === "chat_template" && file !== undefined && user !== undefined) checkChat(name, join(folder, file), loadTokenizer(join(folder, user)), tally);
    else throw new UserError(`${join(folder, "pack.json")}: case "${name}" is of kind "${kind}"; expected tokenizer or chat_template`);
  }
  return tally.rows();
}
