/** `npm run judges`: writes docs/judges.md, how the judges of the micro profile hold up where the benchmark's own pictures are degraded. */
import { decodePairs } from "../src/cobsat/dataset.ts";
import { namedBy, namesAlike, type Named } from "../src/cobsat/judge/judge.ts";
import { pairsOf, themes, type Pair } from "../src/cobsat/tasks.ts";
import { writeAtomically } from "../src/files/atomic.ts";
import { openPanel, type Verdict } from "../src/harness/benchCobsat/judging.ts";
import { executorFor } from "../src/harness/executor.ts";
import { microProfile } from "../src/harness/profile.ts";
import { startProgress } from "../src/harness/progress.ts";
import { wilson } from "../src/harness/statistics/wilson.ts";
import type { Image } from "../src/images/image.ts";
import { resizeBicubicLikePillow } from "../src/images/resize.ts";
import { Random } from "../src/random/random.ts";

const noisy = (grey: number) => (image: Image, random: Random): Image => {
  const noise = random.normals(image.data.length);
  return { ...image, data: Uint8Array.from(image.data, (x, i) => Math.min(255, Math.max(0, Math.round(x + grey * noise[i]!)))) };
};
const coarse = (side: number) => (image: Image): Image => resizeBicubicLikePillow(resizeBicubicLikePillow(image, side, side), image.width, image.height);
const faded = (share: number) => (image: Image): Image => ({ ...image, data: Uint8Array.from(image.data, (x) => Math.round(128 + share * (x - 128))) });

const degradations: Readonly<Record<string, (image: Image, random: Random) => Image>> = {
  "as they are": (image) => image,
  "noise of 16 grey levels": noisy(16), "noise of 32": noisy(32), "noise of 64": noisy(64),
  "through 40 x 40 pixels": coarse(40), "through 24 x 24": coarse(24), "through 16 x 16": coarse(16),
  "half the contrast": faded(0.5), "a quarter of it": faded(0.25),
};

await microProfile.dataset.prepare?.();
const pairs = themes.flatMap(pairsOf), panel = await openPanel(await executorFor(), microProfile), progress = startProgress("judging", pairs.length * Object.keys(degradations).length);
const share = (k: number, n: number): string => { const { low, high } = wilson(k, n); return `${(k / n).toFixed(3)} [${low.toFixed(3)}, ${high.toFixed(3)}]`; };
const second = microProfile.judges[1]!.name, rows: string[] = [];
for (const [name, degrade] of Object.entries(degradations)) {
  const verdicts: { readonly pair: Pair; readonly verdict: Verdict }[] = [];
  for await (const { pair, image } of decodePairs(microProfile.dataset.folder, pairs)) {
    const shown = degrade(image, new Random("degraded", name, pair.theme.detailSpace, pair.detail, pair.object));
    verdicts.push({ pair, verdict: (await panel.judge([{ image: shown, theme: pair.theme }]))[0]! });
    progress.add(1);
  }
  const count = (alike: (pair: Pair, first: Named, other: Named) => readonly [Named, Named]): string => share(verdicts.filter(({ pair, verdict }) => namesAlike(...alike(pair, namedBy(verdict.judged), namedBy(verdict.also[second]!)))).length, pairs.length);
  rows.push(`| ${name} | ${count((pair, first) => [pair, first])} | ${count((pair, _, other) => [pair, other])} | ${count((_, first, other) => [first, other])} |`);
}
progress.finish();
await panel.release();
writeAtomically("docs/judges.md", `# Micro's judges on degraded pictures

Written by \`npm run judges\`. All ${pairs.length} pictures of the micro benchmark, degraded; which share each judge reads right (detail and object), and on which share the two name the same detail and the same object. 95 % Wilson intervals.
The deciding judge is a CLIP of its own, the other one a small LLaVA; they share no weights and no data seeds with each other or with any other model. On drawn pictures, how far they agree stands in every report.

| pictures | the deciding judge right | ${second} right | they agree |
|---|---|---|---|
${rows.join("\n")}
`);
