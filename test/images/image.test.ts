import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import sharp from "sharp";
import { afterAll, describe, expect, it } from "vitest";
import { UserError } from "../../src/files/userError.ts";
import { decodeImage, encodePng } from "../../src/images/image.ts";

const folder = mkdtempSync(join(tmpdir(), "image-"));
afterAll(() => rmSync(folder, { recursive: true }));

const rgb = Uint8Array.from({ length: 3 * 2 * 3 }, (_, i) => i * 13);  // 3 wide, 2 high
const raw = (data: Uint8Array, width: number, height: number, channels: 1 | 2 | 3 | 4) => sharp(data, { raw: { width, height, channels } });

describe("encodePng and decodeImage", () => {
  it("give back every level, from bytes and from a file, the same bytes each time", async () => {
    const png = await encodePng(rgb, 3, 2);
    expect(await decodeImage(png)).toEqual({ width: 3, height: 2, data: rgb });
    expect(await encodePng(rgb, 3, 2)).toEqual(png);
    const path = join(folder, "x.png");
    writeFileSync(path, png);
    expect((await decodeImage(path)).data).toEqual(rgb);
  });

  it("refuses a length that does not fit", async () => {
    await expect(encodePng(rgb, 2, 2)).rejects.toThrow(/2 x 2 needs 12 values, found 18/);
  });
});

describe("decodeImage", () => {
  it("turns an image upright by its EXIF orientation", async () => {
    const turned = await raw(rgb, 3, 2, 3).withMetadata({ orientation: 6 }).png().toBuffer();
    const { width, height, data } = await decodeImage(turned);
    expect([width, height]).toEqual([2, 3]);
    expect([...data.slice(0, 6)]).toEqual([...rgb.slice(9, 12), ...rgb.slice(0, 3)]);  // a quarter turn clockwise
  });

  it("lays transparency on white", async () => {
    const png = await raw(Uint8Array.from([10, 20, 30, 0, 10, 20, 30, 255]), 2, 1, 4).png().toBuffer();
    expect([...(await decodeImage(png)).data]).toEqual([255, 255, 255, 10, 20, 30]);
  });

  it("expands grey, grey with alpha and a palette", async () => {
    const grey = await raw(Uint8Array.from([7, 200]), 2, 1, 1).toColourspace("b-w").png().toBuffer();
    expect([...(await decodeImage(grey)).data]).toEqual([7, 7, 7, 200, 200, 200]);
    const alpha = await raw(Uint8Array.from([7, 255, 200, 0]), 2, 1, 2).toColourspace("b-w").png().toBuffer();
    expect([...(await decodeImage(alpha)).data]).toEqual([7, 7, 7, 255, 255, 255]);
    const palette = await raw(Uint8Array.from([255, 0, 0, 0, 0, 255]), 2, 1, 3).png({ palette: true }).toBuffer();
    expect([...(await decodeImage(palette)).data]).toEqual([255, 0, 0, 0, 0, 255]);
  });

  it("narrows 16 bits to 8", async () => {
    const deep = await raw(rgb, 3, 2, 3).toColourspace("rgb16").png().toBuffer();
    expect((await sharp(deep).metadata()).depth).toBe("ushort");
    expect((await decodeImage(deep)).data).toEqual(rgb);
  });

  it("takes the first frame of an animation", async () => {
    const frames = Uint8Array.from({ length: 2 * 2 * 2 * 3 }, (_, i) => (i < 12 ? 255 : 0));
    const gif = await sharp(frames, { raw: { width: 2, height: 4, channels: 3, pageHeight: 2 } }).gif().toBuffer();
    expect((await sharp(gif).metadata()).pages).toBe(2);
    expect(await decodeImage(gif)).toEqual({ width: 2, height: 2, data: new Uint8Array(12).fill(255) });
  });

  it.each([
    ["text", Buffer.from("not an image")],
    ["nothing", Buffer.alloc(0)],
    ["a drawing", Buffer.from("<svg xmlns='http://www.w3.org/2000/svg' width='2' height='2'/>")],
    ["a document", Buffer.from("%PDF-1.7\n")],
    ["a drawing behind a byte order mark", Buffer.from("\ufeff<svg xmlns='http://www.w3.org/2000/svg' width='2' height='2'/>")],
    ["a drawing that is packed", gzipSync("<svg xmlns='http://www.w3.org/2000/svg' width='2' height='2'/>")],
    ["a page", Buffer.from("<!DOCTYPE html><script>1</script>")],
  ])("refuses %s in one line naming the file", async (_, bytes) => {
    const path = join(folder, "bad.png");
    writeFileSync(path, bytes);
    const error = await decodeImage(path).catch((e: unknown) => e);
    expect(error).toBeInstanceOf(UserError);
    expect((error as Error).message).toMatch(/bad\.png: cannot be decoded as an image \([^\n]+\)$/);
  });

  it("refuses pictures that claim to be far larger than their bytes, before their pixels take memory", async () => {
    const png = Buffer.from(await encodePng(rgb, 3, 2)), tiff = await raw(rgb, 3, 2, 3).tiff().toBuffer(), jpeg = await raw(rgb, 3, 2, 3).jpeg().toBuffer();
    const sized = (bytes: Buffer, change: (copy: Buffer) => void): Buffer => { const copy = Buffer.from(bytes); change(copy); return copy; };
    const frame = jpeg.indexOf(Buffer.from([0xff, 0xc0])), before = process.memoryUsage().rss;
    for (const [bytes, message] of [
      [sized(png, (b) => { b.writeUInt32BE(60_000, 16); b.writeUInt32BE(60_000, 20); }), /60000 x 60000 is more than 100000000 pixels/],
      [sized(png, (b) => b.writeUInt32BE(100_000, 16)), /100000 x 2: its sides differ by more than 200 times/],
      [sized(jpeg, (b) => { b.writeUInt16BE(65_000, frame + 5); b.writeUInt16BE(65_000, frame + 7); }), /65000 x 65000 is more than/],
      [tiff.subarray(0, 12), /cannot be decoded as an image/],
      [png.subarray(0, 40), /cannot be decoded as an image/],
    ] as [Buffer, RegExp][]) {
      await expect(decodeImage(bytes)).rejects.toThrow(message);
      await expect(decodeImage(bytes)).rejects.not.toThrow(/\n/);
    }
    expect(process.memoryUsage().rss - before).toBeLessThan(300e6);
  });

  it("refuses a cut image, a large one, and a missing file", async () => {
    const noise = Uint8Array.from({ length: 64 * 64 * 3 }, (_, i) => (i * 7919) % 251);
    const png = await encodePng(noise, 64, 64);
    await expect(decodeImage(png.subarray(0, png.length / 2), { name: "half.png" })).rejects.toThrow(/^half\.png: cannot be decoded/);
    await expect(decodeImage(png, { maxPixels: 4095 })).rejects.toThrow(/64 x 64 is more than 4095 pixels/);
    await expect(decodeImage(join(folder, "none.png"))).rejects.toThrow(/none\.png: no such file/);
  });
});
