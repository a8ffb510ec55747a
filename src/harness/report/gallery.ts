/** The gallery: what the arms were asked, wrote and drew, and what the judge saw. */
import { officialPrompts, type PromptSplit } from "../../cobsat/prompts.ts";
import { posePrompt, targetKey, taskOf, tasks, type PosedPrompt } from "../../cobsat/tasks.ts";
import { shownName } from "../../cobsat/vocabulary.ts";
import type { Sample } from "../runs/samples.ts";
import type { ReportContext } from "./context.ts";
import { shotsOf } from "./context.ts";
import { chooseGallery, mainArm, type GalleryItem } from "./galleryChoice.ts";
import { html, nothing, type Html } from "./html.ts";
import { dataUri } from "./pictures.ts";
import { armMeaning, armName } from "./words.ts";

type Pictures = ReadonlyMap<string, string>;

const verdictMark: Readonly<Record<Sample["outcome"], string>> = { correct: "✓ right", wrong: "✗ wrong", invalid: "∅ invalid" };

const missedWords = { given: "missed the given half", inferred: "missed the inferred half", both: "missed both halves" } as const;

/** The value that filters match: correct, wrong-given, wrong-inferred, wrong-both or invalid. */
const outcomeKey = (sample: Sample): string => (sample.missed ? `wrong-${sample.missed}` : sample.outcome);

function picture(pictures: Pictures, hash: string | undefined, description: string): Html {
  const uri = hash === undefined ? undefined : pictures.get(hash);
  return uri === undefined ? html`<span class="blank">no image</span>` : html`<img src="${uri}" alt="${description}" width="96" height="96">`;
}

function verdict(sample: Sample): Html {
  const saw = sample.judged ? `${sample.judged.detail ?? "no detail"}, ${sample.judged.object ?? "no object"}` : undefined;
  return html`<span class="mark ${sample.outcome}">${verdictMark[sample.outcome]}</span>${saw === undefined ? nothing : html`<span class="saw">${saw}</span>`}${
    sample.missed ? html`<span class="muted">${missedWords[sample.missed]}</span>` : nothing}${sample.reason === undefined ? nothing : html`<span class="muted">${sample.reason}</span>`}`;
}

const drew = (sample: Sample): boolean => sample.image !== undefined || (sample.outcome === "invalid" && sample.arm !== "lvlm-text" && sample.arm !== "decoder-text");

function demonstrations(posed: PosedPrompt, context: ReportContext, pictures: Pictures): Html {
  return html`<div class="row">${posed.demonstrations.map(({ x, pair }) => html`<figure>
    ${picture(pictures, context.record.benchmarkImages[targetKey(pair)], `${pair.detail} ${pair.object}`)}<figcaption>${shownName(x)}</figcaption></figure>`)}
    <figure class="query"><span class="blank">?</span><figcaption>${shownName(posed.query.x)}</figcaption></figure></div>`;
}

function texts(item: GalleryItem): Html {
  const written = item.samples.filter((sample) => sample.text !== undefined && sample.arm !== "decoder-text"), decoded = item.samples.find((sample) => sample.arm === "decoder-text");
  const own = item.samples.find((sample) => sample.arm === "lvlm-text") ?? written[0];
  const line = (who: string, sample: Sample | undefined): Html => (sample?.text === undefined ? nothing
    : html`<blockquote><cite>${who}</cite> ${sample.text}${sample.arm.endsWith("-text") ? html`<span class="line">${verdict(sample)}</span>` : nothing}</blockquote>`);
  return html`${line("The LVLM wrote", own)}${line("T5's decoder wrote", decoded)}`;
}

function article(item: GalleryItem, posed: PosedPrompt, context: ReportContext, pictures: Pictures): Html {
  const { expected, task } = posed, outcomes = Object.fromEntries(item.samples.map((sample) => [sample.arm, outcomeKey(sample)]));
  return html`<article data-task="${item.task}" data-shots="${item.shots}" data-outcomes="${JSON.stringify(outcomes)}">
    <h3>${item.task} <span class="muted">${item.shots} shots, prompt ${item.prompt}</span><span class="asked">asked for: <b>${shownName(expected.detail)}</b> <b>${shownName(expected.object)}</b>
      <span class="muted">(${task.given} given, ${task.given === "detail" ? "object" : "detail"} inferred)</span></span></h3>
    <div class="sample">${demonstrations(posed, context, pictures)}<div class="texts">${texts(item)}</div>
    <div class="row answers">${item.samples.filter(drew).map((sample) => html`<figure data-arm="${sample.arm}" title="${armMeaning(sample.arm)}">
      ${picture(pictures, sample.image, `drawn by ${armName(sample.arm)}`)}<figcaption><b>${armName(sample.arm)}</b>${verdict(sample)}</figcaption></figure>`)}</div></div></article>`;
}

const option = (value: string, text: string): Html => html`<option value="${value}">${text}</option>`;

function filters(items: readonly GalleryItem[], context: ReportContext, main: string): Html {
  const arms = [...new Set(items.flatMap((item) => item.samples.map((sample) => sample.arm)))], present = new Set(items.map((item) => item.task));
  return html`<form class="controls" id="gallery-filters" aria-label="Filter the gallery">
    <label>Show <select name="task">${option("", "all tasks")}${tasks.filter((task) => present.has(task.name)).map((task) => option(task.name, task.name))}</select></label>
    <label>at <select name="shots">${option("", "all shots")}${shotsOf(context.summary).map((shots) => option(String(shots), `${shots} shots`))}</select></label>
    <label>where <select name="arm">${[main, ...arms.filter((arm) => arm !== main)].map((arm) => option(arm, armName(arm)))}</select></label>
    <label>was <select name="outcome">${option("", "anything")}${option("correct", "right")}${option("failed", "not right")}${option("wrong-given", "wrong in the given half")}${
      option("wrong-inferred", "wrong in the inferred half")}${option("wrong-both", "wrong in both")}${option("invalid", "invalid")}</select></label>
    <label><input type="checkbox" name="only"> only that arm's image</label>
    <output id="gallery-count">${items.length} of ${items.length}</output></form>`;
}

/** The gallery's section with at most `mostPerTask` prompts per task; nothing where no sample can be shown. */
export async function gallery(context: ReportContext, folder: string, mostPerTask: number): Promise<Html> {
  const { seed, settings } = context.record.identity, items = chooseGallery(context.samples, mostPerTask, seed);
  if (items.length === 0) return nothing;
  const prompts = officialPrompts((settings.promptSplit as PromptSplit | undefined) ?? "default");
  const posed = items.map((item) => posePrompt(taskOf(item.task), item.shots, item.prompt, prompts));
  const hashes = new Set([
    ...items.flatMap((item) => item.samples.map((sample) => sample.image)),
    ...posed.flatMap((p) => p.demonstrations.map(({ pair }) => context.record.benchmarkImages[targetKey(pair)])),
  ]);
  const pictures = new Map<string, string>();
  for (const hash of hashes) {
    const uri = hash === undefined ? undefined : await dataUri(folder, hash);
    if (hash !== undefined && uri !== undefined) pictures.set(hash, uri);
  }
  const main = mainArm(context.samples);
  return html`<section id="gallery"><h2>Gallery</h2>
    <p>${items.length} of the prompts that ${armName(main)} answered, chosen by the run's seed, half of them failures of ${armName(main)} where there are enough: read it for what happens, not for how often. Profile <strong>${context.summary.profile}</strong>.
      Words stand under the images as the models read them; the image to come is marked “?”. Under each answer stands what the judge saw.</p>
    ${filters(items, context, main)}
    <div id="gallery-items">${items.map((item, i) => article(item, posed[i]!, context, pictures))}</div></section>`;
}
