/**
 * The directory of a zip archive whose entries are stored without compression, as PyTorch writes them. Nothing is
 * unpacked and no entry name ever becomes a file name; every range is checked against the file, so sizes cannot lie.
 */
import { readExactly } from "../files/read.ts";
import { UserError } from "../files/userError.ts";

/** Where an entry's bytes lie in the archive. */
export interface ZipEntry { readonly offset: number; readonly bytes: number }

const END = 0x06054b50, END64_LOCATOR = 0x07064b50, END64 = 0x06064b50, CENTRAL = 0x02014b50, LOCAL = 0x04034b50;
const MAX_DIRECTORY_BYTES = 64 << 20;

interface Directory { readonly start: number; readonly bytes: number; readonly entries: number }

function fail(path: string, message: string): never {
  throw new UserError(`${path}: ${message}; the file is damaged or not written by torch.save`);
}

/** A 64-bit size as a number; those beyond 2^53 become larger than any file and fail the range checks. */
const size64 = (view: DataView, at: number): number => Number(view.getBigUint64(at, true));

/** Finds the central directory from the end of the file, by its zip64 record where there is one. */
function findDirectory(fd: number, path: string, size: number): Directory {
  const tailStart = Math.max(0, size - 22 - 0xffff);
  const tail = new DataView(readExactly(fd, path, tailStart, size - tailStart));
  let at = tail.byteLength - 22;
  while (at >= 0 && !(tail.getUint32(at, true) === END && at + 22 + tail.getUint16(at + 20, true) === tail.byteLength)) at--;
  if (at < 0) throw new UserError(`${path}: has no zip directory at its end; it is cut short, or in PyTorch's format from before 1.6: save it again with a current PyTorch`);
  if (at >= 20 && tail.getUint32(at - 20, true) === END64_LOCATOR) {
    const start = size64(tail, at - 20 + 8);
    if (start + 56 > size) fail(path, `its zip64 record at byte ${start} lies beyond its ${size} bytes`);
    const record = new DataView(readExactly(fd, path, start, 56));
    if (record.getUint32(0, true) !== END64) fail(path, "its zip64 record is broken");
    return { start: size64(record, 48), bytes: size64(record, 40), entries: size64(record, 32) };
  }
  return { start: tail.getUint32(at + 16, true), bytes: tail.getUint32(at + 12, true), entries: tail.getUint16(at + 10, true) };
}

/** Size, packed size and local header offset of a directory record, from the zip64 extra field where they do not fit 32 bits. */
function readSizes(path: string, name: string, view: DataView, at: number, extraStart: number, extraEnd: number): [number, number, number] {
  const sizes: [number, number, number] = [view.getUint32(at + 24, true), view.getUint32(at + 20, true), view.getUint32(at + 42, true)];
  if (!sizes.includes(0xffffffff)) return sizes;
  for (let p = extraStart; p + 4 <= extraEnd; p += 4 + view.getUint16(p + 2, true)) {
    if (view.getUint16(p, true) !== 1) continue;
    let field = p + 4;
    const end = Math.min(extraEnd, field + view.getUint16(p + 2, true));
    for (let i = 0; i < 3; i++) {
      if (sizes[i] !== 0xffffffff) continue;
      if (field + 8 > end) return fail(path, `entry ${name} has a broken zip64 field`);
      sizes[i] = size64(view, field);
      field += 8;
    }
    return sizes;
  }
  return sizes;
}

/** The entries of an open zip file by name; compressed, encrypted, doubled or out-of-range entries are a UserError. */
export function readZipDirectory(fd: number, path: string, size: number): Map<string, ZipEntry> {
  if (size < 22) return fail(path, `${size} bytes are too few for a zip file`);
  const directory = findDirectory(fd, path, size);
  if (directory.bytes > MAX_DIRECTORY_BYTES) fail(path, `its zip directory claims ${directory.bytes} bytes, more than ${MAX_DIRECTORY_BYTES}`);
  if (directory.start + directory.bytes > size) fail(path, `its zip directory ends at byte ${directory.start + directory.bytes} of ${size}`);
  const view = new DataView(readExactly(fd, path, directory.start, directory.bytes));
  const found = new Map<string, ZipEntry>();
  let at = 0;
  for (let i = 0; i < directory.entries; i++) {
    if (at + 46 > view.byteLength || view.getUint32(at, true) !== CENTRAL) return fail(path, `its zip directory breaks off at entry ${i} of ${directory.entries}`);
    const nameEnd = at + 46 + view.getUint16(at + 28, true), extraEnd = nameEnd + view.getUint16(at + 30, true);
    const next = extraEnd + view.getUint16(at + 32, true);
    if (next > view.byteLength) return fail(path, `its zip directory breaks off at entry ${i} of ${directory.entries}`);
    const name = Buffer.from(view.buffer, at + 46, nameEnd - at - 46).toString("utf8");
    const [bytes, packed, header] = readSizes(path, name, view, at, nameEnd, extraEnd);
    if (view.getUint16(at + 8, true) & 1) fail(path, `entry ${name} is encrypted`);
    if (view.getUint16(at + 10, true) !== 0) fail(path, `entry ${name} is compressed, which torch.save never does`);
    if (bytes !== packed) fail(path, `entry ${name} is stored but claims ${bytes} bytes in ${packed}`);
    if (name.includes("\n")) fail(path, `entry ${JSON.stringify(name)} has a name of several lines`);
    if (found.has(name)) fail(path, `entry ${name} occurs twice`);
    found.set(name, { offset: locateData(fd, path, name, header, bytes, directory.start), bytes });
    at = next;
  }
  return found;
}

/** The first byte of an entry's data, after its local header; the data must end before the directory. */
function locateData(fd: number, path: string, name: string, header: number, bytes: number, limit: number): number {
  if (header + 30 > limit) return fail(path, `entry ${name} begins at byte ${header}, past the data's end at ${limit}`);
  const local = new DataView(readExactly(fd, path, header, 30));
  if (local.getUint32(0, true) !== LOCAL) fail(path, `entry ${name} has no header at byte ${header}`);
  const offset = header + 30 + local.getUint16(26, true) + local.getUint16(28, true);
  if (offset + bytes > limit) fail(path, `entry ${name} claims ${bytes} bytes from byte ${offset}, past the data's end at ${limit}`);
  return offset;
}
