import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, truncateSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { sha256 } from "../../../src/files/sha256.ts";
import { trainAligner } from "../../../src/harness/aligner/trainAligner.ts";
import { trainingFeatures } from "../../../src/harness/features/features.ts";
import { microFeatureImages } from "../../../src/harness/features/microImages.ts";
import { picturesIn } from "../../../src/harness/features/pictures.ts";
import { featureRecipe, featuresIdentity, type FeatureImages } from "../../../src/harness/features/recipe.ts";
import { openLvlm } from "../../../src/harness/models.ts";
import { profileOf } from "../../../src/harness/profiles/profileOf.ts";
import { encodePng, type Image } from "../../../src/images/image.ts";
import { executor, shortExperiment, tinyProfile } from "../aligner/tinyProfile.ts";
import { writeTar, type TarEntry } from "../../files/writeTar.ts";

const { folders, cache } = tinyProfile(), root = mkdtempSync(join(tmpdir(), "pictures-")), micro = microFeatureImages(), recipe = { ...featureRecipe, maxNewTokens: 6 };
const pictures: Image[] = [], pngs: Uint8Array[] = [];
let told = "";
beforeAll(async () => {
  vi.spyOn(process.stderr, "write").mockImplementation((text) => { told += String(text); return true; });
  for (let i = 0; i < 12; i++) {
    pictures.push(await micro.image("train", i));
    pngs.push(await encodePng(pictures[i]!.data, 64, 64));
  }
});
afterAll(() => {
  vi.restoreAllMocks();
  for (const folder of [root, dirname(cache)]) rmSync(folder, { recursive: true });
});

const caption = (i: number): string => micro.caption("train", i, 0);
/** A sample as WebDataset shards hold it: one key, the picture and its caption. */
const sample = (i: number, key = `${i}`.padStart(5, "0")): TarEntry[] => [{ name: `${key}.png`, data: pngs[i]! }, i % 2 === 0 ? { name: `${key}.txt`, data: `${caption(i)}\n` } : { name: `${key}.json`, data: JSON.stringify({ caption: caption(i), url: "?" }) }];
const good = (from: number, to: number): TarEntry[] => Array.from({ length: to - from }, (_, i) => sample(from + i)).flat();
const folderOf = (name: string): string => { mkdirSync(join(root, name)); return join(root, name); };

test("shards of a folder are read in order: the first tenth is held out, captions come from .txt or .json", async () => {
  const folder = folderOf("two");
  writeTar(join(folder, "00000.tar"), good(0, 6));
  writeTar(join(folder, "00001.tar"), good(6, 12));
  const { images, samples } = picturesIn(folder);
  expect(samples).toEqual({ train: 10, heldOut: 2 });
  for (const [set, i, at] of [["held-out", 0, 0], ["held-out", 1, 1], ["train", 0, 2], ["train", 9, 11]] as const) {
    expect(await images.image(set, i)).toEqual(pictures[at]);
    expect(images.caption(set, i, 0)).toBe(caption(at));
  }
  expect(picturesIn(join(folder, "00001.tar")).samples).toEqual({ train: 5, heldOut: 1 });
});

test("files of a folder are read likewise, and the identity follows names, bytes and captions", async () => {
  const folder = folderOf("loose");
  for (const i of [0, 1, 2]) for (const { name, data } of sample(i)) writeFileSync(join(folder, name), data!);
  const before = picturesIn(folder).images, { captions } = before; // read when asked for
  expect([await before.image("train", 0), before.caption("train", 0, 3)]).toEqual([pictures[1], caption(1)]);
  writeFileSync(join(folder, "00002.txt"), "Another one.");
  const recaptioned = picturesIn(folder).images;
  expect([recaptioned.identity === before.identity, recaptioned.captions === captions]).toEqual([true, false]);
  const place = join(folder, "00002.png"), known = join(root, "known.jsonl"), identity = (): string => picturesIn(folder, known).images.identity;
  expect([identity(), identity()]).toEqual([before.identity, before.identity]);
  const lines = (): number => readFileSync(known, "utf8").split("\n").length - 1;
  expect(lines()).toBe(3);
  writeFileSync(place, swapped(pngs[2]!)); // another picture of the same name and size
  const changed = identity();
  expect([changed === before.identity, lines()]).toEqual([false, 4]); // the others were not read again
  utimesSync(place, 0, 0);
  expect(identity()).toBe(changed); // the same bytes, looked at another time
  expect(picturesIn(writeTar(join(root, "same size.tar"), [...good(0, 1), ...good(1, 2)])).images.identity).not.toBe(picturesIn(writeTar(join(root, "same size.tar"), [...good(0, 1), { name: "00001.png", data: swapped(pngs[1]!) }, sample(1)[1]!])).images.identity);
  rmSync(join(folder, "00002.png"));
  expect(picturesIn(folder).images.identity).not.toBe(before.identity);
  expect(() => picturesIn(join(root, "none"))).toThrow(/none: no such file or folder; put the pictures/);
  expect(() => picturesIn(folderOf("empty"))).toThrow(/empty: 0 pictures; training needs at least two/);
});

/** As many bytes, one of them another. */
const swapped = (bytes: Uint8Array): Uint8Array => bytes.map((byte, i) => (i === 100 ? byte ^ 1 : byte));

/** A PNG that claims 60,000 x 60,000 pixels in its few bytes. */
const bomb = (): Uint8Array => { const png = Buffer.from(pngs[0]!); png.writeUInt32BE(60_000, 16); png.writeUInt32BE(60_000, 20); return png; };

test("bad members are skipped, counted and named, and training goes on with the others", async () => {
  const path = writeTar(join(root, "bad.tar"), [
    ...good(0, 4), { name: "cut.png", data: pngs[5]!.subarray(0, 300) }, { name: "cut.txt", data: "A cut one." }, { name: "text.jpg", data: "no picture" }, { name: "bomb.png", data: bomb() },
    { name: "svg.png", data: "<svg xmlns='http://www.w3.org/2000/svg'><image href='file:///etc/passwd'/></svg>" }, { name: "words.txt", data: "only words" }, { name: "link.png", kind: "2" }, ...good(6, 9),
  ]);
  const { images, samples } = picturesIn(path);
  expect(samples).toEqual({ train: 9, heldOut: 2 });
  expect(told).toMatch(/bad\.tar: 2 members skipped:\n {2}bad\.tar\/link\.png: is a symbolic link, not a file\n {2}bad\.tar\/words: has no picture/);
  told = "";
  const lvlm = openLvlm(folders.lvlm), source = { lvlm, images, recipe }, rows = await trainingFeatures(source, "generated", "train", 9, { executor, cache, shard: 4 });
  expect(rows.map(({ ids }) => ids.length > 0)).toEqual([true, true, false, false, false, false, true, true, true]);
  expect(told).toMatch(/features \(generated, train\): 4 of 9 samples skipped:\n {2}bad\.tar\/cut: cannot be decoded.*\n {2}bad\.tar\/text: .*begins like none of JPEG, PNG.*\n {2}bad\.tar\/bomb: .*60000 x 60000 is more than 100000000 pixels.*\n {2}bad\.tar\/svg: .*begins like none of/);
  told = "";
  const again = await trainingFeatures(source, "generated", "train", 9, { executor: undefined as never, cache, shard: 4, memory: 0 }); // from disk, row by row
  expect(again.map(({ text }) => text)).toEqual(rows.map(({ text }) => text));
  expect(again.map(({ features }) => [...features])).toEqual(rows.map(({ features }) => [...features]));
  expect(told).toContain("4 of 9 samples skipped");
  const trained = await trainAligner({ experiment: shortExperiment, folders, images, samples, recipe, executor, cache });
  expect([trained.record.steps, trained.record.divergedAt, Number.isFinite(trained.record.heldOutLoss)]).toEqual([8, null, true]);
});

test("a shard that is cut short gives what is whole", () => {
  const path = writeTar(join(root, "short.tar"), good(0, 4));
  truncateSync(path, readFileSync(path).length - 1024 - 1024 - 700);
  told = "";
  expect(picturesIn(path).samples).toEqual({ train: 2, heldOut: 1 });
  expect(told).toMatch(/short\.tar\/00003\.png: claims \d+ bytes .* it is cut short/);
  expect(() => picturesIn(writeTar(join(root, "none.tar"), [{ name: "a.txt", data: "x" }]))).toThrow(/none\.tar: 0 pictures, 1 members skipped \(first none\.tar\/a: has no picture/);
});

test("a shard that goes away while features are made ends the making, and no sample is put down as bad", async () => {
  const path = writeTar(join(root, "gone.tar"), good(0, 4)), place = join(cache, "gone"), source = { lvlm: openLvlm(folders.lvlm), images: picturesIn(path).images, recipe };
  expect(featuresIdentity(source)).toMatch(/^[0-9a-f]{64}$/);
  rmSync(path);
  await expect(trainingFeatures(source, "generated", "train", 3, { executor, cache: place })).rejects.toThrow(/gone\.tar: no such file; it was there when the pictures were listed/);
  writeTar(path, good(0, 4));
  expect((await trainingFeatures(source, "generated", "train", 3, { executor, cache: place })).every(({ ids }) => ids.length > 0)).toBe(true);
});

test("files of features say what made them, and others are refused", async () => {
  const path = writeTar(join(root, "same.tar"), good(0, 4)), source = { lvlm: openLvlm(folders.lvlm), images: picturesIn(path).images, recipe }, place = join(cache, "told"), make = (images: FeatureImages = source.images) => trainingFeatures({ ...source, images }, "generated", "train", 2, { executor, cache: place });
  await make();
  const folder = join(place, "features", featuresIdentity(source)), made = readFileSync(join(folder, "made.json"), "utf8");
  expect([sha256(made), JSON.parse(made)]).toEqual([featuresIdentity(source), { format: 1, images: source.images.identity, lvlm: source.lvlm.hashes, recipe }]);
  const other = { ...source.images, identity: "other" }, [file] = readdirSync(folder).filter((name) => name.endsWith(".safetensors"));
  await make(other);
  writeFileSync(join(place, "features", featuresIdentity({ ...source, images: other }), file!), readFileSync(join(folder, file!)));
  await expect(make(other)).rejects.toThrow(/was made by [0-9a-f]{64}, expected [0-9a-f]{64}; remove the file/);
  writeFileSync(join(folder, "made.json"), "{}");
  await expect(make()).rejects.toThrow(/made\.json: does not say what the features beside it are made of/);
});

test("micro trains on given pictures where some are named", () => {
  const path = writeTar(join(root, "micro.tar"), good(0, 4)), { aligner, clipAligner, picturesNamed } = profileOf("micro", { pictures: path });
  expect([aligner.samples, clipAligner.samples, aligner.images.identity, picturesNamed, profileOf("micro").picturesNamed]).toEqual([{ train: 3, heldOut: 1 }, { train: 3, heldOut: 1 }, picturesIn(path).images.identity, true, undefined]);
});
