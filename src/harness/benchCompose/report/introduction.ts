import { html, nothing, type Html } from "../../report/html.ts";
import { count, decimal, machineryName, measured } from "../../report/words.ts";
import { sourcesOf } from "../../runs/record.ts";
import { ablationNames, composeMethod } from "../arms.ts";
import type { Mean } from "../measured.ts";
import type { ComposeRecords, ComposeSummary } from "../summary.ts";

function state({ record }: ComposeRecords, { complete, finished, planned, cells, measured = [] }: ComposeSummary): Html {
  const invalid = [...cells, ...measured].reduce((sum, cell) => sum + cell.invalid, 0), sources = sourcesOf(record).length;
  return html`${[
    complete ? nothing : html`<p class="notice">This run is unfinished: ${count(finished)} pictures are scored, ${count(planned)} were asked for. The same command goes on with it.</p>`,
    invalid > 0 ? html`<p class="notice">${count(invalid)} of ${count(finished)} samples are invalid (no picture, a broken one, or no usable answer of the judge). ${measured.length > 0 ? "Similarities leave them out." : "They count as wrong; the strict rates leave them out."}</p>` : nothing,
    sources > 1 ? html`<p class="notice">${sources} versions of the source code worked on this run, by request; their hashes are under “What ran”.</p>` : nothing,
  ]}`;
}

/** What swapping the order of images can show. */
const orderNote = ({ order, measured }: ComposeSummary, asked: ReadonlySet<string>): Html => (!asked.has("swapped-order") ? nothing : html`<li><strong>swapped-order</strong> is an identity check and no evidence: FLUX gives all its text features one position, so the order of the images changes a picture by rounding only.${
  order.pairs > 0 ? ` Of ${count(order.pairs)} pictures drawn in both orders ${count(order.sameBytes)} have the same bytes${measured ? order.largestShift === undefined ? "" : `, and no cosine to an input differs by more than ${order.largestShift.toPrecision(2)}` : `, and the judge's answers are the same for ${count(order.sameAnswers)}`}.` : ""}</li>`);

const armsAsked = ({ record }: ComposeRecords): ReadonlySet<string> => new Set(record.plan.map(({ arm }) => arm));

/** The top of the report on own cases, of which nothing is known but the pictures and texts. */
function ownIntroduction(records: ComposeRecords, summary: ComposeSummary): Html {
  const { identity } = records.record, asked = armsAsked(records), own = summary.measured!.filter(({ arm }) => arm === composeMethod), mean = (what: string, value: Mean | null): string => (value === null ? "" : `, to ${what} ${decimal(value.mean)}`);
  return html`<header>
    <p class="eyebrow">ThinkDiff reproducibility report</p>
    <h1>ThinkDiff-CLIP on own images and text, <span class="profile">${identity.profile} profile</span></h1>
    <p class="lead">${count(summary.finished)} pictures measured, run seed ${identity.seed}, on ${machineryName(identity.device)} with ${machineryName(identity.engine)}.
      Nobody knows what these images show, so nothing is right or wrong here: outputs are compared with what was given.</p>
    <ul class="headline">${own.map(({ task, images, text, n }) => html`<li><strong>${task}</strong>: cosine${images.map((value, i) => mean(images.length > 1 ? `image ${i + 1}` : "the image", value)).join("").slice(1)}${mean("the text", text)} <span class="muted">(n = ${count(n)})</span></li>`)}</ul>
    ${state(records, summary)}
    <section class="caveats" aria-label="What this shows"><h2>How to read it</h2><ul>
      <li>I is one image, 2I two images, T a text. A case serves every kind of input that it has the parts for.</li>
      <li>A cosine of CLIP's embeddings says how alike two pictures, or a picture and a text, are. Read it against the arms around it: <strong>copy-input</strong> returns the first image and has all of its likeness and none of the text's, <strong>text-only</strong> the reverse; <strong>shuffled-features</strong> and <strong>untrained-aligner</strong> are what comes without looking at the own images.</li>
      <li>The Fréchet distance compares all outputs with all input images of a kind of input, each taken for a normal distribution of CLIP's embeddings (0 to 4, squared). <strong>It is too large where pictures are few</strong>, the more so the fewer they are against the embedding's width: compare arms with the same numbers of pictures only, and no value with one of another run or paper.</li>
      <li>All arms draw a case from the same starting noises, several each; intervals resample cases, since the pictures of one case are alike.</li>
      ${orderNote(summary, asked)}
      <li>The paper shows pictures of these tasks and no numbers.</li></ul></section>
  </header>`;
}

/** The top of the report: what was run, what came out, what it can show. */
export function composeIntroduction(records: ComposeRecords, summary: ComposeSummary): Html {
  if (summary.measured) return ownIntroduction(records, summary);
  const { identity } = records.record, asked = armsAsked(records), ablated = ablationNames.filter((name) => asked.has(name)), own = summary.cells.filter(({ arm }) => arm === composeMethod), ceilings = summary.cells.filter(({ arm }) => arm === "real-image");
  return html`<header>
    <p class="eyebrow">ThinkDiff reproducibility report</p>
    <h1>${ablated.length > 0 ? "Ablations of " : ""}ThinkDiff-CLIP on images and text, <span class="profile">${identity.profile} profile</span></h1>
    <p class="lead">${count(summary.finished)} pictures scored, run seed ${identity.seed}, on ${machineryName(identity.device)} with ${machineryName(identity.engine)}.
      The joint rate is the share of pictures in which the judge finds all that images and text ask for.</p>
    <ul class="headline">${own.map(({ task, accuracy, ci95, n }) => html`<li><strong>${task}</strong>: ${measured(accuracy, ci95, n)}</li>`)}</ul>
    ${state(records, summary)}
    <section class="caveats" aria-label="What this shows"><h2>How to read it</h2><ul>
      <li>I is one image, 2I two images of the same subject, each with a detail of its own; T is a text that asks for one more detail. Subject and details are known, since the images are drawn by code, from seeds that no training has seen.</li>
      <li>All arms draw a case from the same starting noises, several each; intervals resample cases, since the pictures of one case are alike.</li>
      ${ablated.length > 0 ? html`<li>${ablated.join(" and ")}: the aligner of ${composeMethod} with one thing changed, trained on the same data for the same steps with ${summary.seedSpreads ? "several training seeds, over which rates are pooled; the table of training seeds has them apart" : "one training seed. Training seeds differ among themselves, and these intervals do not know it"}.</li>` : nothing}
      <li>The judge is asked for each attribute by its own theme's question.${!asked.has("real-image") ? nothing : html` How well it reads several details at once, <strong>real-image</strong> says: its answers on pictures of the world that show all that is asked for are the most that any arm can be expected to reach${
        ceilings.length > 0 ? html` (${ceilings.map(({ task, accuracy }, i) => html`${i > 0 ? ", " : ""}${task} ${accuracy.toFixed(2)}`)})` : nothing}.`}</li>
      ${Object.keys(identity.weights).some((file) => file.includes("/flux-compose/")) ? html`<li>FLUX was taught to compose: it is CoBSAT's, trained on with pictures of several details and with texts in two parts that T5 encodes apart, whose states follow each other as those of an image and a text do. No feature of an image was among them: that aligned image tokens can be such a part is what is tested here.</li>` : nothing}
      ${orderNote(summary, asked)}
      <li>The paper shows pictures of these tasks and no numbers; base models here are a few million parameters each.</li></ul></section>
  </header>`;
}
