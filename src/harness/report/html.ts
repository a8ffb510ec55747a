/** HTML text that is safe by construction: everything put into a template is escaped unless it is Html itself. */
export class Html {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

type Part = Html | string | number | readonly Html[];

const escapes: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;" };

/** Text as it must stand in HTML, also inside quoted attributes. */
export const escapeHtml = (text: string): string => text.replace(/[&<>"']/g, (c) => escapes[c]!);

const textOf = (part: Part): string => (part instanceof Html ? part.text : Array.isArray(part) ? (part as readonly Html[]).map((p) => p.text).join("") : escapeHtml(String(part)));

/** A template of HTML: interpolated text and numbers are escaped, Html and lists of Html are not. */
export const html = (strings: TemplateStringsArray, ...parts: readonly Part[]): Html =>
  new Html(strings.map((s, i) => s + (i < parts.length ? textOf(parts[i]!) : "")).join(""));

export const nothing = new Html("");

/** A value for a script of type application/json, which no content can end early. */
export const jsonScript = (id: string, value: unknown): Html =>
  new Html(`<script type="application/json" id="${escapeHtml(id)}">${JSON.stringify(value).replace(/</g, "\\u003c")}</script>`);
