/** The frame of every report: one file with its style, its scripts and nothing from outside. */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { Html, html } from "./html.ts";

export const reportFile = (folder: string): string => join(folder, "report.html");

const beside = (name: string): string => readFileSync(new URL(name, import.meta.url), "utf8");

/** chart.js' UMD build from the installed package, without its pointer to a source map. */
function chartLibrary(): string {
  const folder = dirname(createRequire(import.meta.url).resolve("chart.js"));
  return readFileSync(join(folder, "chart.umd.min.js"), "utf8").replace(/\n\/\/# sourceMappingURL=.*\s*$/, "\n");
}

const inline = (tag: "style" | "script", text: string): Html => {
  if (new RegExp(`</${tag}`, "i").test(text)) throw new Error(`text with </${tag} cannot be inlined`);
  return new Html(`<${tag}>${text}</${tag}>`);
};

/** A report's text around its sections. */
export function page(title: string, sections: readonly Html[]): string {
  return html`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><meta name="color-scheme" content="light dark">
<title>${title}</title><link rel="icon" href="data:,">${inline("style", beside("page.css"))}</head>
<body><main>
${sections}
<footer><p>Made from the run folder's records alone; <code>npm run report -- &lt;folder&gt;</code> makes it again, <code>npm run verify -- &lt;folder&gt;</code> checks every hash and count.
Charts by Chart.js (MIT License).</p></footer>
</main>${inline("script", chartLibrary())}${inline("script", beside("page.js"))}</body></html>
`.text;
}
