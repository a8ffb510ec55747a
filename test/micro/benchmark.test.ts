import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { pairPath, readCaptions } from "../../src/cobsat/dataset.ts";
import { decodeImage } from "../../src/images/image.ts";
import { requireDataset } from "../../src/cobsat/datasetCheck.ts";
import { pairsOf, themes } from "../../src/cobsat/tasks.ts";
import { sha256 } from "../../src/files/sha256.ts";
import { featureScene } from "../../src/harness/features/microImages.ts";
import { benchmarkScene, ensureBenchmark } from "../../src/micro/benchmark.ts";
import { allPairs, pairVariant, pairVariants, trainingScene } from "../../src/micro/pretraining/corpus.ts";
import { renderScene } from "../../src/micro/world/rasterize.ts";

const pairs = themes.flatMap(pairsOf);

describe("the micro benchmark", () => {
  let root: string, folder: string;
  beforeAll(async () => {
    root = mkdtempSync(join(tmpdir(), "benchmark-"));
    folder = join(root, "datasets");
    mkdirSync(folder);
    for (const [name, text] of [[".identity", "other drawings"], ["stale.jpg", ""]] as const) writeFileSync(join(folder, name), text);
    await ensureBenchmark(folder);
  });
  afterAll(() => rmSync(root, { recursive: true }));

  it("is a whole CoBSAT data set without additions, whose captions are the canonical ones", async () => {
    expect(await requireDataset(folder)).toMatchObject({ images: 500, unexpected: [] });
    expect((await readCaptions(folder, themes[0]!)).get("red_car.jpg")).toMatch(/^Create an image of a red car/i);
  });

  it("shows each pair's one picture, changed by no more than JPEG's rounding", async () => {
    for (const pair of pairs.filter((_, i) => i % 50 === 7)) {
      const { data, width, height } = await decodeImage(join(folder, pairPath(pair))), drawn = await renderScene(benchmarkScene(pair));
      expect([width, height]).toEqual([64, 64]);
      expect(drawn.reduce((sum, x, i) => sum + Math.abs(x - data[i]!), 0) / drawn.length).toBeLessThan(1);
    }
  });

  it("replaced the folder of other drawings that was there", () => {
    expect([existsSync(join(folder, "stale.jpg")), existsSync(`${folder}.${process.pid}.tmp`)]).toEqual([false, false]);
  });

  it("is left alone where it is the same, and never hides a damaged picture", async () => {
    const file = join(folder, pairPath(pairs[0]!)), whole = readFileSync(file), damaged = whole.subarray(0, 300);
    writeFileSync(file, damaged);
    const { mtimeMs } = statSync(file);
    await ensureBenchmark(folder);
    expect([statSync(file).mtimeMs, readFileSync(file).equals(damaged)]).toEqual([mtimeMs, true]);
    writeFileSync(file, whole);
  });

  it("has no picture that any model trains on: seeds are in namespaces of their own", () => {
    const training = [
      ...allPairs.flatMap((_, i) => [0, pairVariants - 1].map((variant) => pairVariant("train", i, variant))), ...allPairs.flatMap((_, i) => [pairVariant("judge", i, 0), pairVariant("llava judge", i, 0)]),
      ...Array.from({ length: 300 }, (_, i) => trainingScene(i)), ...Array.from({ length: 300 }, (_, i) => featureScene("train", i)),
    ];
    expect(pairs.every((pair) => benchmarkScene(pair).seed.startsWith("bench/"))).toBe(true);
    expect(training.filter(({ seed }) => seed.startsWith("bench/"))).toEqual([]);
    expect(new Set(pairs.map((pair) => benchmarkScene(pair).seed)).size).toBe(500);
  });

  it("shares no picture's pixels with the training pictures of the same pairs", async () => {
    const some = pairs.filter((_, i) => i % 60 === 3);
    for (const pair of some) {
      const own = sha256(await renderScene(benchmarkScene(pair))), index = allPairs.findIndex((p) => p.theme === pair.theme.detailSpace && p.detail === pair.detail && p.subject === pair.object);
      const trained = await Promise.all(Array.from({ length: 6 }, async (_, variant) => sha256(await renderScene(pairVariant("train", index, variant)))));
      expect(trained).not.toContain(own);
    }
  });
});
