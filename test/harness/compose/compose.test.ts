import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import sharp from "sharp";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { compose, sheet, type ComposeOptions } from "../../../src/harness/compose/compose.ts";
import { ortExecutor } from "../../../src/onnx/ortExecutor.ts";
import { tinyProfile } from "../benchCobsat/tinyProfile.ts";

const root = mkdtempSync(join(tmpdir(), "compose-")), file = (name: string): string => join(root, name), profile = tinyProfile(file("models"), file("none")), executor = ortExecutor({ threads: 1 });
const draw = (changes: Partial<ComposeOptions>) => compose({ executor, profile, images: [file("alpha.png")], text: "at the beach", out: file("out.png"), ...changes });
const bytes = async (changes: Partial<ComposeOptions>): Promise<Buffer> => readFileSync((await draw(changes)).out);

beforeAll(async () => {
  await sharp({ create: { width: 5, height: 90, channels: 4, background: { r: 200, g: 20, b: 20, alpha: 0.5 } } }).png().toFile(file("alpha.png"));
  await sharp(Buffer.from([0, 60, 120, 250]), { raw: { width: 2, height: 2, channels: 1 } }).jpeg().toFile(file("grey.jpg"));
  writeFileSync(file("text.png"), "no image at all");
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

describe("compose on tiny random models", () => {
  it("draws the same bytes for the same seed, and others for another seed, text or image; FLUX gives all its text features one position, so their order changes nothing", { timeout: 60_000 }, async () => {
    const images = [file("alpha.png"), file("grey.jpg")], first = await bytes({ images });
    expect(await sharp(first).metadata()).toMatchObject({ format: "png", width: 64, height: 64 });
    expect(await bytes({ images })).toEqual(first);
    for (const changes of [{ images, seed: 7 }, { images, text: "" }, {}]) expect(await bytes(changes)).not.toEqual(first);
    const [own, swapped] = await Promise.all([first, await bytes({ images: [...images].reverse() })].map((png) => sharp(png).raw().toBuffer()));
    expect(Math.max(...own!.map((level, i) => Math.abs(level - swapped![i]!)))).toBeLessThanOrEqual(1);
  });

  it("puts several pictures on one sheet, the first as it is alone", { timeout: 60_000 }, async () => {
    const one = await sharp(await bytes({})).raw().toBuffer(), three = sharp(await bytes({ n: 3, out: file("sheet.png") }));
    expect(await three.metadata()).toMatchObject({ width: 130, height: 130 });
    expect(await three.extract({ left: 0, top: 0, width: 64, height: 64 }).raw().toBuffer()).toEqual(one);
  });

  it("refuses in one line what it cannot use, and leaves no file", async () => {
    const out = file("refused.png");
    await expect(draw({ out, images: [] })).rejects.toMatchObject({ exitCode: 2, message: expect.stringMatching(/^--image/) });
    await expect(draw({ out, images: [file("alpha.png"), ""] })).rejects.toMatchObject({ exitCode: 2, message: "--image: name an image file" });
    await expect(draw({ out: `${root}/./text.png`, images: [file("alpha.png"), file("text.png")] })).rejects.toMatchObject({ exitCode: 2, message: expect.stringMatching(/^--out: .*text\.png is the --image .*text\.png, which it would replace/) });
    await expect(draw({ out, images: [file("text.png")] })).rejects.toMatchObject({ exitCode: 1, message: expect.stringMatching(/^.*text\.png: cannot be decoded.*$/) });
    await expect(draw({ out, images: [file("missing.png")] })).rejects.toThrow(/missing\.png: no such file/);
    await expect(draw({ out: file("c.jpg") })).rejects.toMatchObject({ exitCode: 2, message: expect.stringContaining(".png") });
    await expect(draw({ out: join(file("text.png"), "sub/c.png") })).rejects.toMatchObject({ exitCode: 2, message: expect.stringMatching(/text\.png is no folder/) });
    await expect(draw({ out, guidance: 3 })).rejects.toMatchObject({ exitCode: 2, message: expect.stringContaining("FLUX was trained at guidance 1 only") });
    expect(existsSync(out)).toBe(false);
    expect(readdirSync(root).filter((name) => name.endsWith(".tmp"))).toEqual([]);
  });

  it("takes guidance where FLUX was trained for it", { timeout: 60_000 }, async () => {
    const able = { ...profile, sampler: { ...profile.sampler, guidance: { kind: "distilled", scale: 1, range: [1, 5] } as const } };
    expect((await draw({ profile: able, guidance: 3 })).guidance).toBe(3);
    await expect(draw({ profile: able, guidance: 9 })).rejects.toThrow(/1 to 5/);
    const free = { ...profile, sampler: { ...profile.sampler, guidance: { kind: "classifier-free", scale: 3, input: 1 } as const } }, [three, five, one] = [await bytes({ profile: free }), await bytes({ profile: free, guidance: 5 }), await bytes({ profile: free, guidance: 1 })];
    expect(three).not.toEqual(five);
    expect(one).toEqual(await bytes({}));
    await expect(draw({ profile: free, guidance: 0.5 })).rejects.toMatchObject({ exitCode: 2, message: expect.stringContaining("guidance is from 1") as unknown });
  });
});

it("a sheet's rows hold ceil(sqrt n) pictures", () => {
  const picture = { width: 2, height: 1, data: new Uint8Array(6) };
  expect(sheet([picture])).toBe(picture);
  expect([sheet([picture, picture]), sheet(new Array(5).fill(picture))].map(({ width, height }) => [width, height])).toEqual([[6, 1], [10, 4]]);
});
