/** What ran: identity, sittings, stages. */
import { duration } from "../duration.ts";
import { sourcesOf, type Sitting } from "../runs/record.ts";
import type { ReportContext } from "./context.ts";
import { html, type Html } from "./html.ts";
import { bytes, count } from "./words.ts";

const hashRows = (kind: string, hashes: Readonly<Record<string, string>>): Html =>
  html`${Object.entries(hashes).sort().map(([name, hash]) => html`<tr><th scope="row" class="text">${kind}: ${name}</th><td class="text"><code>${hash}</code></td></tr>`)}`;

const valueText = (value: unknown): string => (typeof value === "string" ? value : JSON.stringify(value));

function sittingRow(sitting: Sitting): Html {
  const { machine } = sitting, args = Object.entries(sitting.arguments).map(([name, value]) => `${name}=${valueText(value)}`).join(" ");
  return html`<tr><th scope="row">${sitting.began.replace("T", " ").replace(/\.\d+Z$/, " UTC")}</th><td class="text">${args}</td>
    <td class="text">${machine.cpu}, ${machine.cores} cores, ${bytes(machine.memoryBytes)}, ${machine.platform}</td><td class="text"><code>${sitting.source.slice(0, 12)}</code></td></tr>`;
}

/** What ran, how long, with how much memory, and the hash of everything that decides a sample. */
export function resources({ record, summary }: { readonly record: ReportContext["record"]; readonly summary: Pick<ReportContext["summary"], "stages"> }): Html {
  const { identity } = record, total = summary.stages.reduce((sum, stage) => sum + stage.seconds, 0), peak = Math.max(0, ...summary.stages.map((stage) => stage.peakRssBytes));
  return html`<section id="resources"><h2>What ran</h2>
    <div class="scroll"><table class="compact"><caption>Stages. Time is summed over all sittings and shards; memory is the largest resident size seen.</caption>
      <thead><tr><th scope="col">Stage</th><th scope="col">Time</th><th scope="col">Peak memory</th></tr></thead>
      <tbody>${summary.stages.map((stage) => html`<tr><th scope="row">${stage.stage}</th><td>${duration(stage.seconds)}</td><td>${bytes(stage.peakRssBytes)}</td></tr>`)}
      ${summary.stages.length > 0 ? html`<tr class="total"><th scope="row">All</th><td>${duration(total)}</td><td>${bytes(peak)}</td></tr>` : html`<tr><td colspan="3" class="text">No stage is on record.</td></tr>`}</tbody></table></div>
    <div class="scroll"><table class="compact"><caption>Settings that decide the samples.</caption><tbody>
      ${Object.entries({ profile: identity.profile, "run seed": identity.seed, device: identity.device, engine: identity.engine, ...identity.settings })
        .map(([name, value]) => html`<tr><th scope="row">${name}</th><td class="text">${valueText(value)}</td></tr>`)}</tbody></table></div>
    <div class="scroll"><table><caption>Sittings: one line per process that worked on this run.</caption>
      <thead><tr><th scope="col">Began</th><th scope="col" class="text">Arguments</th><th scope="col" class="text">Machine</th><th scope="col" class="text">Source</th></tr></thead><tbody>${[record, ...record.continued].map(sittingRow)}</tbody></table></div>
    <details><summary>Identity: sha256 of everything that decides a sample</summary><div class="scroll"><table><caption>${count(Object.keys(identity.weights).length)} weight files, and what they ran on.</caption><tbody>
      ${sourcesOf(record).map((source) => html`<tr><th scope="row" class="text">source tree</th><td class="text"><code>${source}</code></td></tr>`)}
      ${hashRows("weights", identity.weights)}${Object.entries(record.copies ?? {}).map(([name, weights]) => hashRows(name, weights))}${hashRows("data set", identity.datasets)}${hashRows("prompts", identity.prompts)}${hashRows("config", identity.configs)}
      ${Object.entries(record.versions).map(([name, version]) => html`<tr><th scope="row" class="text">version: ${name}</th><td class="text">${version}</td></tr>`)}</tbody></table></div></details>
  </section>`;
}
