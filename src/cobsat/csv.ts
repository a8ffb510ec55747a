/** Comma-separated values as Python's pandas writes them (RFC 4180). */
import { UserError } from "../files/userError.ts";

/** The rows of a CSV text; quoted fields may hold commas, doubled quotes and line ends. Throws on a quote left open. */
export function parseCsv(text: string): string[][] {
  const rows: string[][] = [];
  let row: string[] = [], field = "", quoted = false, i = text.startsWith("\ufeff") ? 1 : 0;
  const endField = (): void => {
    row.push(field);
    field = "";
  };
  const endRow = (): void => {
    endField();
    if (row.length > 1 || row[0] !== "") rows.push(row);
    row = [];
  };
  for (; i < text.length; i++) {
    const c = text[i]!;
    if (quoted) {
      if (c !== '"') field += c;
      else if (text[i + 1] === '"') field += text[++i]!;
      else quoted = false;
    } else if (c === '"' && field === "") quoted = true;
    else if (c === ",") endField();
    else if (c === "\n") endRow();
    else if (c !== "\r" || text[i + 1] !== "\n") field += c;
  }
  if (quoted) throw new Error(`row ${rows.length + 1}: a quote is never closed`);
  endRow();
  return rows;
}

/** The rows of a file's CSV text by the names in its first row; a UserError naming the file where a row's length differs from it. */
export function csvRecords(file: string, text: string): Record<string, string>[] {
  try {
    const [header, ...rows] = parseCsv(text);
    if (!header) throw new Error("no header row");
    return rows.map((row, i) => {
      if (row.length !== header.length) throw new Error(`row ${i + 2} has ${row.length} fields, its header ${header.length}`);
      return Object.fromEntries(header.map((name, j) => [name, row[j]!]));
    });
  } catch (error) {
    throw new UserError(`${file}: ${(error as Error).message}; restore the file`, 1, { cause: error });
  }
}

/** CSV text of rows, lines ended by "\n"; fields are quoted where they must be. */
export function formatCsv(rows: readonly (readonly (string | number | boolean)[])[]): string {
  const field = (value: string | number | boolean): string => {
    const text = typeof value === "boolean" ? (value ? "True" : "False") : String(value);
    return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
  };
  return rows.map((row) => `${row.map(field).join(",")}\n`).join("");
}
