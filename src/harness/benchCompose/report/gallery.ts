/** The galleries of the paper's Figures 6 and 8: images and text given, and what every arm drew from each noise. */
import { Random } from "../../../random/random.ts";
import { groupBy } from "../../groupBy.ts";
import { html, nothing, type Html } from "../../report/html.ts";
import { dataUri } from "../../report/pictures.ts";
import { decimal } from "../../report/words.ts";
import { knownArmNames, composeMethod } from "../arms.ts";
import { inputKey } from "../cases.ts";
import { composeTasks } from "../tasks.ts";
import { isFirstSeed, type ComposeLine } from "../lines.ts";
import type { ComposeRecords, ComposeSummary } from "../summary.ts";
import { armPhrase } from "./tables.ts";

interface Shown {
  readonly lines: readonly ComposeLine[];
  /** The first arm's, whose failures are shown. */
  readonly right: number;
}

const figures = [
  { title: "One image, alone and with a text (the paper's Figure 6)", images: 1 },
  { title: "Two images, alone and with a text (the paper's Figure 8)", images: 2 },
] as const;

/** How well a picture does what was asked, from 0 to 1: right or not, or on own cases its mean cosine to all that was given. */
function score({ outcome, similarity = [], textSimilarity }: ComposeLine): number {
  if (outcome !== "measured") return Number(outcome === "correct");
  const cosines = [...similarity, ...(textSimilarity === undefined ? [] : [textSimilarity])];
  return cosines.reduce((a, b) => a + b) / cosines.length;
}

const scoreOf = (lines: readonly ComposeLine[]): number => lines.reduce((sum, line) => sum + score(line), 0) / lines.length;

/** At most `most` cases of a task that the main arm drew, chosen by the run's seed, half of them failures where there are enough. */
function choose(samples: readonly ComposeLine[], main: string, most: number, random: Random): Shown[] {
  const cases = [...groupBy(samples, (line) => String(line.case)).values()].map((lines): Shown & { key: number } => {
    const own = lines.filter(({ arm }) => arm === main);
    return { lines, right: own.length === 0 ? NaN : scoreOf(own), key: 0 };
  }).filter(({ right }) => !Number.isNaN(right)).sort((a, b) => a.lines[0]!.case - b.lines[0]!.case).map((shown) => ({ ...shown, key: random.uniform() })).sort((a, b) => a.key - b.key);
  const failures = cases.filter(({ right }) => right < 1), others = cases.filter(({ right }) => right === 1), wanted = Math.max(Math.ceil(most / 2), most - others.length);
  return [...failures.slice(0, wanted), ...others].slice(0, most).sort((a, b) => a.lines[0]!.case - b.lines[0]!.case);
}

const marks: Readonly<Record<ComposeLine["outcome"], string>> = { correct: "✓", wrong: "✗", invalid: "∅", measured: "" };

const saw = ({ judged, similarity, textSimilarity, outcome }: ComposeLine): string => (outcome === "measured"
  ? [...similarity!, ...(textSimilarity === undefined ? [] : [textSimilarity])].map((x) => decimal(x, 2)).join(", ")
  : Object.values(judged ?? {}).map((value) => value ?? "?").join(", "));

function picture(pictures: ReadonlyMap<string, string>, hash: string | undefined, description: string): Html {
  const uri = hash === undefined ? undefined : pictures.get(hash);
  return uri === undefined ? html`<span class="blank">no image</span>` : html`<img src="${uri}" alt="${description}" width="96" height="96">`;
}

function answer(arm: string, lines: readonly ComposeLine[], pictures: ReadonlyMap<string, string>): Html {
  return html`<div class="drawings" data-arm="${arm}"><p class="arm" title="${armPhrase(arm)}"><b>${arm}</b>${lines[0]!.captions ? html`<small>“${lines[0]!.captions.join("” “")}”</small>` : nothing}</p>
    <div class="row">${[...lines].sort((a, b) => a.noise - b.noise).map((line) => html`<figure>${picture(pictures, line.image, `drawn by ${arm}, noise ${line.noise + 1}`)}<figcaption><span class="mark ${line.outcome}">${marks[line.outcome]} ${saw(line)}</span>${
      line.reason === undefined ? nothing : html`<span class="muted">${line.reason}</span>`}</figcaption></figure>`)}</div></div>`;
}

function article({ lines }: Shown, { record }: ComposeRecords, pictures: ReadonlyMap<string, string>): Html {
  const { task, case: index, shots, text, expected, name } = lines[0]!, arms = [...groupBy(lines, ({ arm }) => arm)].sort(([a], [b]) => knownArmNames.indexOf(a) - knownArmNames.indexOf(b));
  const shares = Object.fromEntries(arms.map(([arm, own]) => [arm, scoreOf(own)]));
  const outcomes = Object.fromEntries(arms.map(([arm, own]) => [arm, own.some(({ outcome }) => outcome === "invalid") ? "invalid" : shares[arm] === 1 ? "correct" : "wrong"]));
  return html`<article data-task="${task}" data-outcomes="${JSON.stringify(outcomes)}" data-shares="${JSON.stringify(shares)}">
    <h3>${task} <span class="muted">case ${name ?? index}</span>${name === undefined ? html`<span class="asked">asked for: ${expected.map(({ value }) => html`<b>${value}</b> `)}</span>` : nothing}</h3>
    <div class="given"><div class="row">${Array.from({ length: shots }, (_, i) => html`<figure>${picture(pictures, record.benchmarkImages[inputKey(task, index, i)], `input image ${i + 1}`)}<figcaption>image ${i + 1}</figcaption></figure>`)}</div>${
      text === "" ? nothing : html`<blockquote><cite>text</cite> ${text}</blockquote>`}</div>
    <div class="answers">${arms.map(([arm, own]) => answer(arm, own, pictures))}</div></article>`;
}

const option = (value: string, text: string): Html => html`<option value="${value}">${text}</option>`;

function filters(arms: readonly string[], tasks: readonly string[], items: number, own: boolean): Html {
  return html`<form class="controls" id="gallery-filters" aria-label="Filter the galleries">
    <label>Show <select name="task">${option("", "all inputs")}${tasks.map((task) => option(task, task))}</select></label>
    <label>where <select name="arm">${arms.map((arm) => option(arm, arm))}</select></label>
    <label>was <select name="outcome">${option("", "anything")}${own ? nothing : html`${option("correct", "right from every noise")}${option("failed", "not right from every noise")}`}${option("invalid", "invalid")}</select></label>
    <label><input type="checkbox" name="first"> ${own ? "its least alike first" : "its failures first"}</label>
    <label><input type="checkbox" name="only"> only that arm's pictures</label>
    <output id="gallery-count">${items} of ${items}</output></form>`;
}

/** Both galleries with at most `mostPerTask` cases of each kind of input; nothing where no picture can be shown. */
export async function composeGallery(folder: string, records: ComposeRecords, summary: ComposeSummary, mostPerTask: number): Promise<Html> {
  const { record } = records, samples = records.samples.filter(isFirstSeed), present = [...new Set(samples.map(({ arm }) => arm))].sort((a, b) => knownArmNames.indexOf(a) - knownArmNames.indexOf(b)), main = present.includes(composeMethod) ? composeMethod : present[0], own = summary.measured !== undefined;
  if (main === undefined) return nothing;
  const shown = new Map(composeTasks.map(({ name }) => [name, choose(samples.filter(({ task }) => task === name), main, mostPerTask, new Random(record.identity.seed, "compose gallery", name))]));
  const all = [...shown.values()].flat(), pictures = new Map<string, string>();
  const hashes = all.flatMap(({ lines }) => [...lines.map(({ image }) => image), ...Array.from({ length: lines[0]!.shots }, (_, i) => record.benchmarkImages[inputKey(lines[0]!.task, lines[0]!.case, i)])]);
  for (const hash of new Set(hashes)) {
    const uri = hash === undefined ? undefined : await dataUri(folder, hash);
    if (hash !== undefined && uri !== undefined) pictures.set(hash, uri);
  }
  if (all.length === 0) return nothing;
  return html`<section id="gallery"><h2>Galleries</h2>
    <p>${all.length} cases that ${main} drew, chosen by the run's seed${own ? "" : `, half of them failures of ${main} where there are enough: read them for what happens, not for how often`}. Profile <strong>${summary.profile}</strong>.
      Each column of an arm is one starting noise, the same for every arm${samples.length < records.samples.length ? "; an arm with several training seeds is shown with its first" : ""}. Under each picture stands ${own ? "its cosine to each image, then to the text" : "what the judge saw"}.</p>
    ${filters([main, ...present.filter((arm) => arm !== main)], composeTasks.map(({ name }) => name).filter((name) => shown.get(name)!.length > 0), all.length, own)}
    ${figures.map(({ title, images }) => {
      const items = composeTasks.filter((task) => task.images === images).flatMap(({ name }) => shown.get(name)!);
      return items.length === 0 ? nothing : html`<h3>${title}</h3><div class="items">${items.map((item) => article(item, records, pictures))}</div>`;
    })}</section>`;
}
