/** Rates by arm for each kind of input, and how ThinkDiff-CLIP stands against the other arms. */
import { html, nothing, type Html } from "../../report/html.ts";
import { bounds, count, decimal, fraction, signed } from "../../report/words.ts";
import type { Bounds } from "../../summary/types.ts";
import { composeArm, knownArmNames, composeMethod } from "../arms.ts";
import { composeTasks, type ComposeTask } from "../tasks.ts";
import type { Mean, MeasuredCell } from "../measured.ts";
import type { ComposeCell, ComposeDifference, ComposeSummary } from "../summary.ts";

/** An arm's phrase; one that this version does not know has none. */
export const armPhrase = (arm: string): string => (knownArmNames.includes(arm) ? composeArm(arm).meaning : "");

const rate = (value: number, ci: Bounds): Html => html`<td><b>${fraction(value)}</b><small>${bounds(ci)}</small></td>`;

const several = (n: number, thing: string): string => `${count(n)} ${thing}${n === 1 ? "" : "s"}`;

const titles: Readonly<Record<string, string>> = { images: "Subject", "image 1": "First image's detail", "image 2": "Second image's detail", text: "Text's detail" };
const kinds: Readonly<Record<ComposeTask["name"], string>> = { "I": "one image", "I+T": "one image and a text", "2I": "two images", "2I+T": "two images and a text" };

function taskTable({ profile }: ComposeSummary, { name, images }: ComposeTask, cells: readonly ComposeCell[]): Html {
  const origins = cells[0]!.attributes.map(({ from }) => from), judges = Object.keys(cells[0]!.also);
  const row = (cell: ComposeCell): Html => html`<tr${cell.arm === composeMethod ? html` class="ours"` : nothing}><th scope="row">${cell.arm}<small>${armPhrase(cell.arm)}</small></th>
    <td>${count(cell.n)}<small>${several(cell.cases, "case")}</small>${cell.invalid > 0 ? html`<small>${count(cell.invalid)} invalid</small>` : nothing}</td>
    ${rate(cell.accuracy, cell.ci95)}${origins.map((from) => {
      const own = cell.attributes.find((attribute) => attribute.from === from);
      return own ? rate(own.rate, own.ci95) : html`<td>–</td>`;
    })}${Array.from({ length: images }, (_, i) => html`<td>${cell.similarity === null ? "–" : decimal(cell.similarity[i]!)}</td>`)}${judges.map((judge) => html`<td>${cell.also[judge] === undefined ? "–" : fraction(cell.also[judge])}</td>`)}</tr>`;
  return html`<div class="scroll"><table class="arms"><caption><strong>${name}</strong>: ${kinds[name]}. Profile <strong>${profile}</strong>; rates with 95 % intervals by resampling cases; cosines of CLIP's image embeddings of output and input, on average.</caption>
    <thead><tr><th scope="col">Arm</th><th scope="col">Pictures</th><th scope="col">All of it</th>${origins.map((from) => html`<th scope="col">${titles[from]!}</th>`)}${
      Array.from({ length: images }, (_, i) => html`<th scope="col">Cosine to ${images > 1 ? `image ${i + 1}` : "the image"}</th>`)}${judges.map((judge) => html`<th scope="col">All of it, by ${judge}</th>`)}</tr></thead>
    <tbody>${cells.map(row)}</tbody></table></div>`;
}

function slotTable({ profile, cells }: ComposeSummary): Html {
  const shown = cells.filter(({ arm }) => [composeMethod, "text-bridge", "true-caption", "real-image"].includes(arm)), slots = [...new Set(shown.flatMap((cell) => cell.slots.map(({ slot }) => slot)))].sort();
  return html`<details><summary>By what the attribute is</summary><div class="scroll"><table><caption>Rates by kind of attribute. Profile <strong>${profile}</strong>, 95 % intervals by resampling cases.</caption>
    <thead><tr><th scope="col">Arm</th><th scope="col">Input</th>${slots.map((slot) => html`<th scope="col">${slot}</th>`)}</tr></thead><tbody>${shown.map((cell) => html`<tr><th scope="row">${cell.arm}</th><td>${cell.task}</td>${slots.map((slot) => {
      const own = cell.slots.find((one) => one.slot === slot);
      return own ? html`<td><b>${fraction(own.rate)}</b><small>${bounds(own.ci95)}, n = ${count(own.n)}</small></td>` : html`<td>–</td>`;
    })}</tr>`)}</tbody></table></div></details>`;
}

function differenceTable({ profile, differences }: ComposeSummary): Html {
  const arms = [...new Set(differences.map(({ arm }) => arm))], tasks = composeTasks.map(({ name }) => name).filter((name) => differences.some(({ task }) => task === name));
  const cell = (found: ComposeDifference | undefined): Html => (found ? html`<td><b>${signed(found.difference)}</b><small>${bounds(found.ci95)}, n = ${count(found.n)}</small></td>` : html`<td>–</td>`);
  return html`<div class="scroll"><table class="compact"><caption>${composeMethod} less each other arm: difference of the rates of all that is asked for, on the same cases and noises, with 95 % intervals by resampling cases; an interval without 0 tells the two apart. Profile <strong>${profile}</strong>.</caption>
    <thead><tr><th scope="col">Less</th>${tasks.map((task) => html`<th scope="col">${task}</th>`)}</tr></thead>
    <tbody>${arms.map((arm) => html`<tr><th scope="row">${arm}</th>${tasks.map((task) => cell(differences.find((one) => one.arm === arm && one.task === task)))}</tr>`)}</tbody></table></div>`;
}

/** Joint rates by training seed; nothing where no arm has several. */
function seedTable({ profile, seedSpreads = [] }: ComposeSummary): Html {
  const seeds = [...new Set(seedSpreads.flatMap((spread) => spread.seeds.map(({ seed }) => seed)))].sort((a, b) => a - b);
  if (seedSpreads.length === 0) return nothing;
  return html`<div class="scroll"><table class="compact" id="seeds"><caption><strong>Training seeds.</strong> Rates of all that is asked for, as means over the kinds of input, with 95 % intervals by resampling cases. Profile <strong>${profile}</strong>. All seeds of an arm draw the same cases from the same noises: the spread over seeds is what another training changes.</caption>
    <thead><tr><th scope="col">Arm</th>${seeds.map((seed) => html`<th scope="col">Seed ${seed}</th>`)}<th scope="col">Mean</th><th scope="col">Spread over seeds</th></tr></thead>
    <tbody>${seedSpreads.map(({ arm, seeds: own, mean, deviation }) => html`<tr><th scope="row">${arm}</th>${seeds.map((seed) => { const found = own.find((one) => one.seed === seed); return found ? rate(found.rate, found.ci95) : html`<td>–</td>`; })}<td><b>${fraction(mean)}</b></td><td>${fraction(deviation)}</td></tr>`)}</tbody></table></div>`;
}

const meanCell = (value: Mean | null): Html => (value === null ? html`<td>–</td>` : html`<td><b>${decimal(value.mean)}</b>${value.ci95 === null ? html`<small>one case</small>` : html`<small>${bounds(value.ci95)}</small>`}</td>`);

function measuredTable({ profile }: ComposeSummary, { name, images, text }: ComposeTask, cells: readonly MeasuredCell[]): Html {
  const row = (cell: MeasuredCell): Html => html`<tr${cell.arm === composeMethod ? html` class="ours"` : nothing}><th scope="row">${cell.arm}<small>${armPhrase(cell.arm)}</small></th>
    <td>${count(cell.n)}<small>${several(cell.cases, "case")}</small>${cell.invalid > 0 ? html`<small>${count(cell.invalid)} invalid</small>` : nothing}</td>${cell.images.map(meanCell)}${text ? meanCell(cell.text) : nothing}
    <td><b>${cell.frechet.distance === null ? "–" : cell.frechet.distance.toFixed(4)}</b><small>${several(cell.frechet.outputs, "output")}, ${several(cell.frechet.inputs, "input")}</small></td></tr>`;
  return html`<div class="scroll"><table class="arms"><caption><strong>${name}</strong>: ${kinds[name]}. Profile <strong>${profile}</strong>; cosines of CLIP's embeddings on average, with 95 % intervals by resampling cases; squared Fréchet distance of the outputs' embeddings to the inputs', too large where they are few.</caption>
    <thead><tr><th scope="col">Arm</th><th scope="col">Pictures</th>${Array.from({ length: images }, (_, i) => html`<th scope="col">Cosine to ${images > 1 ? `image ${i + 1}` : "the image"}</th>`)}${text ? html`<th scope="col">Cosine to the text</th>` : nothing}<th scope="col">Fréchet distance to inputs</th></tr></thead>
    <tbody>${cells.map(row)}</tbody></table></div>`;
}

/** A table for each kind of input, then differences and kinds of attribute; on own cases similarities alone. */
export function composeTables(summary: ComposeSummary): Html {
  const { cells, differences, measured } = summary;
  if (measured) return html`<section id="tables"><h2>How alike outputs are to what was given</h2>${composeTasks.map((task) => {
    const own = measured.filter((cell) => cell.task === task.name);
    return own.length > 0 ? measuredTable(summary, task, own) : nothing;
  })}</section>`;
  if (cells.length === 0) return html`<section id="tables"><h2>Rates</h2><p>No picture is scored yet.</p></section>`;
  return html`<section id="tables"><h2>What is kept, and what is followed</h2>
    ${composeTasks.map((task) => {
      const own = cells.filter((cell) => cell.task === task.name);
      return own.length > 0 ? taskTable(summary, task, own) : nothing;
    })}
    ${slotTable(summary)}
${differences.length > 0 ? differenceTable(summary) : nothing}${seedTable(summary)}</section>`;
}
