/** CoBSAT accuracies in the layout of the paper's Tables 1 and 2, and every arm in full. */
import { publishedAccuracy, publishedFor, rowAverage, type AccuracyRow } from "../../cobsat/published.ts";
import { tasks } from "../../cobsat/tasks.ts";
import type { Average, Cell, Summary } from "../summary/types.ts";
import { shotsOf, type ReportContext } from "./context.ts";
import { html, nothing, type Html } from "./html.ts";
import { armMeaning, armName, bounds, count, fraction, isMethod } from "./words.ts";

/** The paper's columns: the tasks that give the detail, then those that give the object. */
const columns = [...tasks.filter((task) => task.given === "detail"), ...tasks.filter((task) => task.given === "object")].map((task) => task.name);

const head = html`<thead><tr><th scope="col">System</th>${columns.map((name) => html`<th scope="col">${name}</th>`)}<th scope="col">Average</th></tr></thead>`;

function publishedRow(name: string, accuracies: AccuracyRow): Html {
  return html`<tr class="published"><th scope="row">${name}<small>as published, n = 1,000 per task</small></th>
    ${columns.map((task) => html`<td>${fraction(accuracies[task]!)}</td>`)}<td>${fraction(rowAverage(accuracies))}</td></tr>`;
}

const number = (accuracy: number, ci: readonly [number, number], n: number | undefined): Html =>
  html`<td><b>${fraction(accuracy)}</b><small>${bounds(ci)}</small>${n === undefined ? nothing : html`<small>n = ${count(n)}</small>`}</td>`;

/** A row of this run's numbers; where all tasks have the same n, it stands once beside the name. */
function measuredRow(name: string, profile: string, cells: readonly Cell[], average: Average): Html {
  const sizes = new Set(cells.map((cell) => cell.n)), same = sizes.size === 1 ? cells[0]!.n : undefined;
  return html`<tr class="ours"><th scope="row">${name}<small>this run, ${profile}${same === undefined ? "" : `, n = ${count(same)} per task`}</small></th>
    ${columns.map((task) => {
      const cell = cells.find((c) => c.task === task);
      return cell ? number(cell.accuracy, cell.ci95, same === undefined ? cell.n : undefined) : html`<td class="muted">not run</td>`;
    })}${number(average.accuracy, average.ci95, average.n)}</tr>`;
}

const titles: Readonly<Record<number, string>> = { 2: "Table 1. 2-shot CoBSAT accuracy.", 4: "Table 2. 4-shot CoBSAT accuracy." };

const titleOf = (kind: Summary["kind"], shots: number): string =>
  kind === "ablation" && shots === 2 ? "Table 3. 2-shot CoBSAT accuracy of the ablations." : titles[shots] ?? `${shots}-shot CoBSAT accuracy.`;

/** The published systems that stand above our rows: all of them, or beside ablations their baseline alone. */
function publishedRows(kind: Summary["kind"], shots: number): Readonly<Record<string, AccuracyRow>> | undefined {
  if (shots !== 2 && shots !== 4) return undefined;
  const { "ThinkDiff-LVLM": main, ...others } = publishedAccuracy[shots];
  return kind === "ablation" ? { "ThinkDiff-LVLM": main } : { ...others, "ThinkDiff-LVLM": main };
}

function ablationAsPublished(arm: string, shots: number): Html {
  const accuracies = Object.fromEntries(columns.map((task) => [task, publishedFor(arm, shots, task)]));
  return arm !== "thinkdiff-lvlm" && Object.values(accuracies).every((x) => x !== null) ? publishedRow(`${arm} (Table 3)`, accuracies as AccuracyRow) : nothing;
}

function paperTable({ summary }: ReportContext, shots: number): Html {
  const published = publishedRows(summary.kind, shots), own = summary.averages.filter((a) => a.shots === shots && isMethod(a.arm));
  if (own.length === 0) return nothing;
  const rows = own.map((average) => html`${ablationAsPublished(average.arm, shots)}${
    measuredRow(armName(average.arm), summary.profile, summary.cells.filter((cell) => cell.arm === average.arm && cell.shots === shots), average)}`);
  return html`<div class="scroll"><table class="paper">
    <caption><strong>${titleOf(summary.kind, shots)}</strong> Profile <strong>${summary.profile}</strong>.
      ${published ? "Grey rows are the paper's own figures, for full-size models and CoBSAT's photographs; it prints no intervals." : ""}
      Brackets: 95 % intervals, Wilson's for a task, cluster bootstrap over targets for the average of tasks.</caption>
    ${head}<tbody>${published ? Object.entries(published).map(([system, accuracies]) => publishedRow(system, accuracies)) : nothing}${rows}</tbody>
  </table></div>`;
}

function armsTable({ summary }: ReportContext, shots: number): Html {
  const rows = summary.averages.filter((average) => average.shots === shots).map((average) =>
    measuredRow(armName(average.arm), summary.profile, summary.cells.filter((cell) => cell.arm === average.arm && cell.shots === shots), average));
  return html`<div class="scroll"><table class="paper arms"><caption>Every arm and rung at ${shots} shots. Profile <strong>${summary.profile}</strong>, 95 % intervals as above.</caption>${head}<tbody>${rows}</tbody></table></div>`;
}

function errorsTable({ summary }: ReportContext): Html {
  const rows = summary.averages.map(({ arm, shots, n, accuracy, ci95, strictAccuracy, strictCi95, invalid }) => {
    const own = summary.cells.filter((cell) => cell.arm === arm && cell.shots === shots), sum = (of: (cell: Cell) => number): string => count(own.reduce((total, cell) => total + of(cell), 0));
    return html`<tr><th scope="row" title="${armMeaning(arm)}">${armName(arm)}</th><td>${shots}</td><td>${count(n)}</td><td>${sum((c) => c.correct)}</td>
      <td>${sum((c) => c.missed.given)}</td><td>${sum((c) => c.missed.inferred)}</td><td>${sum((c) => c.missed.both)}</td><td>${count(invalid)}</td>
      <td>${fraction(accuracy)} ${bounds(ci95)}</td><td>${strictAccuracy === null ? "none left" : `${fraction(strictAccuracy)} ${bounds(strictCi95!)}, n = ${count(n - invalid)}`}</td></tr>`;
  });
  return html`<div class="scroll"><table><caption>Outcomes. Profile <strong>${summary.profile}</strong>. Wrong samples are split by the half that failed: the one the query gives, the one the demonstrations imply, or both.
      The strict accuracy leaves invalid samples out.</caption>
    <thead><tr><th scope="col">Arm</th><th scope="col">Shots</th><th scope="col">n</th><th scope="col">Correct</th><th scope="col">Wrong: given half</th><th scope="col">Wrong: inferred half</th>
      <th scope="col">Wrong: both</th><th scope="col">Invalid</th><th scope="col">Accuracy, 95 % interval</th><th scope="col">Strict accuracy</th></tr></thead><tbody>${rows}</tbody></table></div>`;
}

/** Accuracies by training seed; nothing where no arm has several. */
function seedsTable({ summary }: ReportContext): Html {
  const { seedSpreads } = summary, seeds = [...new Set(seedSpreads.flatMap((spread) => spread.seeds.map(({ seed }) => seed)))].sort((a, b) => a - b);
  if (seedSpreads.length === 0) return nothing;
  const rows = seedSpreads.map(({ arm, shots, seeds: own, mean, deviation, sampleDeviation }) => html`<tr><th scope="row">${armName(arm)}</th><td>${shots}</td>${seeds.map((seed) => {
    const found = own.find((one) => one.seed === seed);
    return found ? number(found.accuracy, found.ci95, found.n) : html`<td class="muted">not run</td>`;
  })}<td><b>${fraction(mean)}</b></td><td>${fraction(deviation)}</td><td>${fraction(sampleDeviation)}</td></tr>`);
  return html`<div class="scroll"><table class="compact" id="seeds"><caption><strong>Training seeds.</strong> Profile <strong>${summary.profile}</strong>. All seeds of an arm answer the same prompts from the same noise: the spread over seeds is what another training changes, the spread of samples (standard error of one seed's accuracy over targets) what other prompts would.</caption>
    <thead><tr><th scope="col">Arm</th><th scope="col">Shots</th>${seeds.map((seed) => html`<th scope="col">Seed ${seed}</th>`)}<th scope="col">Mean</th><th scope="col">Spread over seeds</th><th scope="col">Spread of samples</th></tr></thead><tbody>${rows}</tbody></table></div>`;
}

/** Tables 1 and 2 with this run's rows, then all arms and how their errors split. */
export function tables(context: ReportContext): Html {
  const shots = shotsOf(context.summary);
  if (shots.length === 0) return html`<section id="tables"><h2>Accuracy</h2><p>No sample is scored yet.</p></section>`;
  return html`<section id="tables"><h2>Accuracy by task</h2>
    ${shots.map((k) => paperTable(context, k))}${seedsTable(context)}
    <details><summary>Every arm by task, and how errors split</summary>${shots.map((k) => armsTable(context, k))}${errorsTable(context)}</details></section>`;
}
