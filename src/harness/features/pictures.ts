/** Training pictures of the user's own: files in a folder, or WebDataset shards (.tar), each with a caption beside it where there is one. */
import { existsSync, readdirSync, statSync } from "node:fs";
import { basename, join, relative } from "node:path";
import { readExactly, withFile } from "../../files/read.ts";
import { sha256 } from "../../files/sha256.ts";
import { listTar } from "../../files/tar.ts";
import { UserError } from "../../files/userError.ts";
import { decodeImage } from "../../images/image.ts";
import { groupBy } from "../groupBy.ts";
import { notice } from "../progress.ts";
import type { SampleCounts } from "../aligner/makings.ts";
import { pictureHashes } from "./pictureHashes.ts";
import type { CaptionedImages } from "./recipe.ts";

/** Bytes [offset, offset + bytes) of a file. */
interface Place { readonly file: string; readonly offset: number; readonly bytes: number }

/** One picture: `name` is the same wherever the data lie. */
interface Picture {
  readonly name: string;
  readonly image: Place;
  readonly caption?: Place & { readonly kind: "txt" | "json" };
}

/** Pictures in a fixed order, apart for training and measuring. */
export interface PictureSource { readonly images: CaptionedImages; readonly samples: SampleCounts }

const heldOut = 256, MAX_PICTURE_BYTES = 256 << 20, MAX_CAPTION_BYTES = 1 << 20;

const isPicture = (name: string): boolean => /\.(jpe?g|png|webp)$/i.test(name);

/** A sample's bytes; too many are a fault of the sample, a file that is gone or shorter than when it was listed is none: training must not go on without all its samples. */
function bytesAt({ file, offset, bytes }: Place, name: string, most: number): Buffer {
  if (bytes > most) throw new UserError(`${name}: has ${bytes} bytes, more than ${most}`);
  try {
    return withFile(file, (fd) => Buffer.from(readExactly(fd, file, offset, bytes)));
  } catch (error) {
    throw new Error(`${(error as Error).message}; it was there when the pictures were listed`, { cause: error });
  }
}

/** The text of a .txt, or "caption" of a .json. */
function captionOf({ name, caption }: Picture): string {
  if (!caption) throw new UserError(`${name}: has no caption; ThinkDiff-CLIP trains on captions, a .txt (or a .json with "caption") of the picture's name`);
  const text = bytesAt(caption, name, MAX_CAPTION_BYTES).toString("utf8");
  let said: unknown = text;
  if (caption.kind === "json") {
    try {
      said = (JSON.parse(text) as { caption?: unknown } | null)?.caption;
    } catch {
      said = undefined;
    }
  }
  if (typeof said !== "string" || said.trim() === "") throw new UserError(`${name}: its .${caption.kind} holds no caption`);
  return said.trim();
}

const whole = (file: string): Place => ({ file, offset: 0, bytes: statSync(file).size });

/** Files of a folder, relative to it and with forward slashes, in order. */
const filesIn = (folder: string): string[] => readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => !entry.isDirectory()).map((entry) => relative(folder, join(entry.parentPath, entry.name)).replaceAll("\\", "/")).sort();

function folderPictures(folder: string, names: readonly string[]): Picture[] {
  const there = new Set(names);
  return names.filter(isPicture).map((name) => {
    const stem = name.replace(/\.[^.]*$/, ""), kind = (["txt", "json"] as const).find((extension) => there.has(`${stem}.${extension}`));
    return { name, image: whole(join(folder, name)), ...(kind ? { caption: { ...whole(join(folder, `${stem}.${kind}`)), kind } } : {}) };
  });
}

/** A member's key and extension, which the first dot of its last name part separates. */
function keyOf(member: string): [key: string, extension: string] {
  const dot = member.indexOf(".", member.lastIndexOf("/") + 1);
  return dot < 0 ? [member, ""] : [member.slice(0, dot), member.slice(dot + 1).toLowerCase()];
}

/** The pictures of one shard, whose members of one key are one sample. */
function shardPictures(file: string, label: string, skipped: string[]): Picture[] {
  const { members, faults } = listTar(file), found = new Map<string, { image?: Place; caption?: Picture["caption"] }>();
  for (const { name, reason } of faults) skipped.push(`${label}/${name}: ${reason}`);
  for (const { name, offset, bytes } of members) {
    const [key, extension] = keyOf(name), sample = found.get(key) ?? {}, place = { file, offset, bytes };
    found.set(key, sample);
    if (isPicture(`.${extension}`) && !sample.image) sample.image = place;
    else if (extension === "txt" || (extension === "json" && !sample.caption)) sample.caption = { ...place, kind: extension };
  }
  return [...found].flatMap(([key, { image, caption }]) => {
    const name = `${label}/${key}`;
    if (!image) skipped.push(`${name}: has no picture (.jpg, .jpeg, .png or .webp)`);
    return image ? [{ name, image, ...(caption ? { caption } : {}) }] : [];
  });
}

/** SHA-256 of the pictures' names and bytes, of which one too large to be used counts by its size alone. */
function identityOf(pictures: readonly Picture[], cache: string | undefined): string {
  const files = [...groupBy(pictures, ({ image }) => image.file)].map(([file, own]) => ({ file, pictures: own.map(({ name, image }) => () => (image.bytes > MAX_PICTURE_BYTES ? Buffer.from(`${image.bytes}`) : bytesAt(image, name, MAX_PICTURE_BYTES))) }));
  return sha256([...pictures.map(({ name }) => name), ...pictureHashes(files, cache)].join("\n"));
}

/** The pictures of a folder (those of its .tar shards where it has any) or of one shard, in order of their names; the first 256 (a tenth of fewer than 2,560) are held out. Bad members of shards are named on stderr. What was read for their identity is remembered in the file `known`. */
export function picturesIn(path: string, known?: string): PictureSource {
  if (!existsSync(path)) throw new UserError(`${path}: no such file or folder; put the pictures there that train the aligner (.jpg, .png or .webp in any sub-folders, or WebDataset shards .tar), or name another with --pictures`);
  const names = statSync(path).isDirectory() ? filesIn(path) : [""], shards = names.filter((name) => name === "" || name.endsWith(".tar")), skipped: string[] = [];
  const pictures = shards.length > 0 ? shards.flatMap((shard) => shardPictures(join(path, shard), shard || basename(path), skipped)) : folderPictures(path, names);
  const apart = Math.min(heldOut, Math.ceil(pictures.length / 10)), sets = { "held-out": pictures.slice(0, apart), train: pictures.slice(apart) };
  if (sets.train.length === 0) throw new UserError(`${path}: ${pictures.length} pictures${skipped.length > 0 ? `, ${skipped.length} members skipped (first ${skipped[0]!})` : ""}; training needs at least two`);
  if (skipped.length > 0) notice(`${path}: ${skipped.length} members skipped`, skipped);
  const said = (picture: Picture): string => {
    try {
      return captionOf(picture);
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      return error.message; // a caption that is missing now and there later changes the identity
    }
  };
  let identity: string | undefined;
  return {
    images: {
      get identity() { return (identity ??= identityOf(pictures, known)); },
      image: (set, index) => {
        const { name, image } = sets[set][index]!;
        return decodeImage(bytesAt(image, name, MAX_PICTURE_BYTES), { name });
      },
      get captions() { return sha256(pictures.map((picture) => `${picture.name}\0${sha256(said(picture))}\n`).join("")); },
      caption: (set, index) => captionOf(sets[set][index]!),
    },
    samples: { train: sets.train.length, heldOut: apart },
  };
}
