/** `npm run probe`: writes docs/probe.md, what a linear reader finds in ThinkDiff-CLIP's image tokens before and after the aligner, and in T5's states of true captions. */
import { writeAtomically } from "../src/files/atomic.ts";
import type { Tensor } from "../src/graph/tensor.ts";
import { composeCase, mostCases, sceneImage, type ComposeCase } from "../src/harness/benchCompose/cases.ts";
import { trainedAligned } from "../src/harness/benchCobsat/aligners.ts";
import { composeTexts } from "../src/harness/compose/conditioner.ts";
import { byDimension, type Rows } from "../src/harness/diagnostics/geometry.ts";
import { fitProbe } from "../src/harness/diagnostics/linearProbe.ts";
import { executorFor } from "../src/harness/executor.ts";
import { visionReader } from "../src/harness/features/visionReader.ts";
import { openVision } from "../src/harness/models.ts";
import { microProfile as profile } from "../src/harness/profile.ts";
import { startProgress } from "../src/harness/progress.ts";
import { wilson } from "../src/harness/statistics/wilson.ts";
import { trainVariant } from "../src/harness/train.ts";
import { fullCaption } from "../src/micro/language/captions.ts";
import { themeTables } from "../src/micro/world/sample.ts";
import { Random } from "../src/random/random.ts";

const training = 2500, testing = 2000, atOnce = 50, slots = ["object", "color", "background", "style", "action", "texture"] as const;
type Slot = (typeof slots)[number];

const cases = Array.from({ length: training + testing }, (_, i) => composeCase("I", mostCases + i)), isTest = (i: number): boolean => i >= training;
const valueOf = ({ expected }: ComposeCase, slot: Slot): string | undefined => expected.find((attribute) => attribute.slot === slot)?.value;
/** The ten that the judge chooses among. */
const amongOf = ({ expected: [subject, detail] }: ComposeCase, slot: Slot): readonly string[] =>
  slot === "object" ? [themeTables.color, themeTables.action].map(({ subjects }) => subjects).find((subjects) => subjects.some((one) => one === subject!.value))! : themeTables[detail!.slot as Exclude<Slot, "object">].details;

type Source = "tower" | "aligned" | "states";

async function read(): Promise<Record<Source, Tensor[]>> {
  const executor = await executorFor(), { folder } = await trainVariant({ executor, folders: profile.models, cache: profile.cache, ...profile.clipAligner });
  const vision = await visionReader(executor, openVision(profile.models.vision)), aligner = await trainedAligned(executor, folder), texts = await composeTexts(executor, profile);
  const progress = startProgress("reading pictures and captions", cases.length), found: Record<Source, Tensor[]> = { tower: [], aligned: [], states: [] };
  for (let from = 0; from < cases.length; from += atOnce) {
    const some = cases.slice(from, from + atOnce), tokens = await vision.read(await Promise.all(some.map(({ pictures: [scene] }) => sceneImage(scene!))));
    found.tower.push(...tokens);
    found.aligned.push(...await aligner.align(tokens));
    found.states.push(...await texts.read(some.map(({ pictures: [scene], index }) => fullCaption(scene!, new Random("probe caption", index)))));
    progress.add(some.length);
  }
  progress.finish();
  for (const held of [vision, aligner, texts]) await held.release();
  return found;
}

const mean = ({ data, shape: [T, D] }: Tensor): Float32Array => Float32Array.from({ length: D! }, (_, d) => Array.from({ length: T! }, (_unused, t) => data[t * D! + d]! as number).reduce((a, b) => a + b) / T!);

/** Each sample's tokens as one vector: their mean, or all of them at their places, shorter ones ending in zeros. */
function vectors(tokens: readonly Tensor[], how: "mean" | "all"): Float32Array[] {
  if (how === "mean") return tokens.map(mean);
  const longest = Math.max(...tokens.map(({ data }) => data.length));
  return tokens.map(({ data }) => {
    const whole = new Float32Array(longest);
    whole.set(data as Float32Array);
    return whole;
  });
}

const rowsOf = (own: readonly Float32Array[]): Rows => {
  const width = own[0]!.length, data = new Float32Array(own.length * width);
  own.forEach((row, i) => data.set(row, i * width));
  return { data, width };
};

const tokens = await read(), columns: { readonly title: string; readonly fit: Source; readonly how: "mean" | "all"; readonly on: Source; readonly moved?: true }[] = [
  { title: "tower, mean", fit: "tower", how: "mean", on: "tower" }, { title: "tower, all", fit: "tower", how: "all", on: "tower" },
  { title: "aligned, mean", fit: "aligned", how: "mean", on: "aligned" }, { title: "aligned, all", fit: "aligned", how: "all", on: "aligned" },
  { title: "T5's states, mean", fit: "states", how: "mean", on: "states" },
  { title: "fitted to T5's states, on aligned", fit: "states", how: "mean", on: "aligned" }, { title: "... standardised apart", fit: "states", how: "mean", on: "aligned", moved: true },
];
const progress = startProgress("fitting readers", columns.length * slots.length), table: string[][] = slots.map(() => []), counts = new Map<Slot, { readonly fitted: number; readonly tested: number }>();
for (const { fit, how, on, moved } of columns) {
  const own = vectors(tokens[fit], how), other = fit === on ? own : vectors(tokens[on], how);
  for (const [s, slot] of slots.entries()) {
    const having = cases.flatMap((one, i) => (valueOf(one, slot) === undefined ? [] : [i])), fitted = having.filter((i) => !isTest(i)), tested = having.filter(isTest);
    const probe = fitProbe(rowsOf(fitted.map((i) => own[i]!)), fitted.map((i) => valueOf(cases[i]!, slot)!)), by = moved ? byDimension(rowsOf(fitted.map((i) => other[i]!))) : undefined;
    const right = tested.filter((i) => probe.name(other[i]!, amongOf(cases[i]!, slot), by) === valueOf(cases[i]!, slot)).length, { low, high } = wilson(right, tested.length);
    table[s]!.push(`${(right / tested.length).toFixed(3)} [${low.toFixed(3)}, ${high.toFixed(3)}]`);
    counts.set(slot, { fitted: fitted.length, tested: tested.length });
    progress.add();
  }
}
progress.finish();
writeAtomically("docs/probe.md", `# What is linearly readable in ThinkDiff-CLIP's image tokens

Written by \`npm run probe\`: pictures of the micro world that show a subject and one detail, as \`bench:compose\` gives them (input "image"), but cases that no run scores. A linear reader (ridge regression on one-hot labels, its penalty chosen among training pictures)
names the attribute among the ten that the judge chooses among; chance is 0.10. Trained and tested on disjoint pictures; 95 % Wilson intervals over test pictures.

- **tower**: the vision tower's tokens, the class token and the bilinearly halved grid. **aligned**: the same tokens behind ThinkDiff-CLIP's aligner, as FLUX gets them. **T5's states**: of a full caption of the picture, each worded anew.
- **mean**: of all tokens, which says nothing of places. **all**: every token at its place.
- **fitted to T5's states, on aligned**: trained on captions' states only, then read on aligned tokens: what a reader of T5 finds in them, FLUX's case. **Standardised apart**: each dimension of the aligned tokens' means first brought to mean 0 and deviation 1 over training pictures.
- Where "tower" is low, the vision tower does not see the attribute; where "aligned" is lower, the aligner loses it; where both are high and "fitted to T5's states" is low, it is there, but not where T5's states have it, and FLUX, which knows only those, has to do without.

| attribute | pictures, training and test | ${columns.map(({ title }) => title).join(" | ")} |
|---|---|${columns.map(() => "---|").join("")}
${slots.map((slot, s) => `| ${slot === "object" ? "subject" : slot} | ${counts.get(slot)!.fitted.toLocaleString("en")}, ${counts.get(slot)!.tested.toLocaleString("en")} | ${table[s]!.join(" | ")} |`).join("\n")}
`);
