import { mkdirSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import sharp from "sharp";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { captionOf, captionsPath, decodePairs, pairPath, readCaptions } from "../../src/cobsat/dataset.ts";
import { checkDataset, requireDataset } from "../../src/cobsat/datasetCheck.ts";
import { pairsOf, themes } from "../../src/cobsat/tasks.ts";
import { decodeImage } from "../../src/images/image.ts";

const color = themes[0]!, pairs = pairsOf(color);
let folder: string, jpeg: Buffer;
const put = (file: string, content: Buffer | string): void => {
  mkdirSync(dirname(join(folder, file)), { recursive: true });
  writeFileSync(join(folder, file), content);
};

beforeAll(async () => {
  jpeg = await sharp({ create: { width: 48, height: 32, channels: 3, background: "#c03020" } }).jpeg({ quality: 95 }).toBuffer();
  folder = mkdtempSync(join(tmpdir(), "cobsat-"));
  for (const pair of pairs) put(pairPath(pair), jpeg);
  put(captionsPath(color), `image,caption\n${pairs.map((p) => `${p.detail}_${p.object}.jpg,"a ${p.detail}, plain ${p.object}"`).join("\n")}\n`);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe("the data set's layout", () => {
  it("is the published one", () => {
    expect(pairPath({ theme: color, detail: "red", object: "car" })).toBe("color_car/red_car.jpg");
    expect(captionsPath(themes[1]!)).toBe("background_animal.csv");
    expect(new Set(themes.flatMap(pairsOf).map(pairPath)).size).toBe(500);
  });

  it("decodes images to RGB, in the order asked for", async () => {
    const seen: string[] = [];
    for await (const { pair, image } of decodePairs(folder, pairs.slice(0, 3))) {
      seen.push(pair.detail);
      expect([image.width, image.height, image.data.length]).toEqual([48, 32, 48 * 32 * 3]);
      expect(Math.abs(image.data[0]! - 0xc0)).toBeLessThan(4);
    }
    expect(seen).toEqual(["yellow", "white", "red"]);
  });

  it("decodes grey and transparent images to three channels", async () => {
    const file = join(folder, "..", `cobsat-grey-${process.pid}.png`);
    writeFileSync(file, await sharp(Buffer.from([0, 0, 200, 255]), { raw: { width: 2, height: 1, channels: 2 } }).png().toBuffer());
    expect([...(await decodeImage(file)).data]).toEqual([255, 255, 255, 200, 200, 200]);
    rmSync(file);
  });

  it("reads captions by image", async () => {
    const captions = await readCaptions(folder, color);
    expect(captionOf(captions, { theme: color, detail: "red", object: "car" })).toBe("a red, plain car");
    await expect(readCaptions(folder, themes[1]!)).rejects.toThrow(/background_animal\.csv: no such file/);
  });
});

describe("checkDataset", () => {
  it("finds nothing to say about a whole theme", async () => {
    expect(await checkDataset(folder, { themes: [color] })).toEqual({ images: 100, missing: [], corrupt: [], unexpected: [] });
  });

  it("names every missing, corrupt and unexpected file, and decodes to tell", async () => {
    const cut = join(folder, "color_car/red_car.jpg");
    truncateSync(cut, jpeg.length - 20);
    rmSync(join(folder, "color_cup/blue_cup.jpg"));
    put("color_hat/green_hat.jpg", "not an image");
    put("color_hat/mauve_hat.jpg", jpeg);
    put(".DS_Store", "");
    const report = await checkDataset(folder, { themes: [color] });
    expect(report.missing).toEqual(["color_cup/blue_cup.jpg"]);
    expect(report.corrupt.map(({ file }) => file)).toEqual(["color_hat/green_hat.jpg", "color_car/red_car.jpg"]);
    expect(report.unexpected).toEqual(["color_hat/mauve_hat.jpg"]);
    await expect(requireDataset(folder, { themes: [color] })).rejects.toThrow(/3 files are missing or corrupt[^]*missing: color_cup\/blue_cup\.jpg[^]*corrupt: color_car\/red_car\.jpg/);
    for (const file of ["color_car/red_car.jpg", "color_cup/blue_cup.jpg", "color_hat/green_hat.jpg"]) put(file, jpeg);
    expect((await requireDataset(folder, { themes: [color] })).unexpected).toEqual(["color_hat/mauve_hat.jpg"]);
  });

  it("finds captions that lack an image", async () => {
    const file = join(folder, captionsPath(color)), whole = readFileSync(file, "utf8");
    writeFileSync(file, whole.replace(/^red_car.*\n/m, ""));
    const { corrupt } = await checkDataset(folder, { themes: [color] });
    writeFileSync(file, whole);
    expect(corrupt).toMatchObject([{ file: "color_object.csv", reason: expect.stringMatching(/no caption for 1 of 100 images, first red_car\.jpg/) }]);
  });

  it("says so where there is no folder, and counts what is absent", async () => {
    await expect(checkDataset(join(folder, "nowhere"))).rejects.toThrow(/nowhere: no such folder/);
    expect((await checkDataset(folder)).missing).toHaveLength(404);
  });
});
