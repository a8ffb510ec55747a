/**
 * The members of a tar archive (POSIX ustar, pax and GNU long names), read header by header: nothing is unpacked and no name ever
 * becomes a path. What cannot be used is reported by name, and reading goes on behind it.
 */
import { readExactly, withFile } from "./read.ts";

/** A regular file inside an archive: its bytes lie at [offset, offset + bytes). */
export interface TarMember { readonly name: string; readonly offset: number; readonly bytes: number }

/** What was skipped and why. */
export interface TarFault { readonly name: string; readonly reason: string }

export interface TarListing { readonly members: readonly TarMember[]; readonly faults: readonly TarFault[] }

const BLOCK = 512, MAX_NAME_BYTES = 64 << 10;

/** Kinds of members that hold no bytes of their own. */
const kinds: Readonly<Record<string, string>> = { 1: "a hard link", 2: "a symbolic link", 3: "a device", 4: "a device", 6: "a pipe", S: "a sparse file" };

const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString("utf8").replace(/\0[^]*$/, "");

/** A name without line ends, which would forge lines of a log. */
const oneLine = (name: string): string => name.replace(/\s*[\r\n]\s*/g, " ");

/** A number field: octal digits, or big-endian binary behind a first byte of 0x80; NaN for anything else. */
function number(field: Uint8Array): number {
  if (field[0] === 0x80) return field.subarray(1).reduce((value, byte) => value * 256 + byte, 0);
  const digits = text(field).trim();
  return /^[0-7]+$/.test(digits) ? parseInt(digits, 8) : NaN;
}

/** Whether a header's checksum is that of its bytes, the checksum's own taken as spaces. */
function sound(header: Uint8Array): boolean {
  let sum = 8 * 32;
  header.forEach((byte, i) => { if (i < 148 || i >= 156) sum += byte; });
  return number(header.subarray(148, 156)) === sum;
}

/** Pax records "<length> <key>=<value>\n" that change where a member lies or what it is called; undefined where they are broken. */
function paxRecords(bytes: Buffer): Map<string, string> | undefined {
  const records = new Map<string, string>();
  for (let at = 0; at < bytes.length;) {
    const space = bytes.indexOf(0x20, at), length = Number(bytes.toString("latin1", at, space)), end = at + length;
    if (space < 0 || space - at > 8 || !Number.isInteger(length) || end <= space || end > bytes.length || bytes[end - 1] !== 10) return undefined;
    const [key, ...value] = bytes.toString("utf8", space + 1, end - 1).split("=");
    records.set(key!, value.join("="));
    at = end;
  }
  return records;
}

/** Lists an archive's regular files; a UserError only where the file cannot be read at all. */
export function listTar(path: string): TarListing {
  return withFile(path, (fd, size) => {
    const members: TarMember[] = [], faults: TarFault[] = [];
    let longName: string | undefined, pax = new Map<string, string>();
    for (let at = 0; at + BLOCK <= size;) {
      const header = new Uint8Array(readExactly(fd, path, at, BLOCK));
      if (header.every((byte) => byte === 0)) return { members, faults };
      if (!sound(header)) {
        faults.push({ name: members.at(-1)?.name ?? "", reason: `byte ${at} is not the start of a member${header[0] === 0x1f && header[1] === 0x8b ? " but of a gzip file; unpack it to a plain .tar" : ""}; the rest of the archive is skipped` });
        return { members, faults };
      }
      const kind = String.fromCharCode(header[156]!), prefix = text(header.subarray(257, 262)) === "ustar" ? text(header.subarray(345, 500)) : "";
      const name = oneLine(pax.get("path") ?? longName ?? `${prefix === "" ? "" : `${prefix}/`}${text(header.subarray(0, 100))}`);
      const own = number(header.subarray(124, 136)), bytes = pax.has("size") ? Number(pax.get("size")) : own, offset = at + BLOCK;
      const extended = "xgLK".includes(kind);
      if (!Number.isSafeInteger(bytes) || bytes < 0 || offset + bytes > size) {
        faults.push({ name, reason: Number.isSafeInteger(bytes) && bytes >= 0 ? `claims ${bytes} bytes from byte ${offset} of an archive of ${size}; it is cut short` : "has a size that is no number; the rest of the archive is skipped" });
        return { members, faults };
      }
      at = offset + Math.ceil(bytes / BLOCK) * BLOCK;
      if (extended) {
        // Only "x" and "L" concern the next member's name and place; global records and long link names do not.
        if (bytes > MAX_NAME_BYTES) faults.push({ name, reason: `has ${bytes} bytes of extended header, more than ${MAX_NAME_BYTES}` });
        else if (kind === "L") longName = text(new Uint8Array(readExactly(fd, path, offset, bytes)));
        else if (kind === "x") {
          const records = paxRecords(Buffer.from(readExactly(fd, path, offset, bytes)));
          if (records) pax = records;
          else faults.push({ name, reason: "has a broken extended header" });
        }
        continue;
      }
      if (kind === "0" || kind === "\0" || kind === "7") members.push({ name, offset, bytes });
      else if (kind !== "5") faults.push({ name, reason: `is ${kinds[kind] ?? `of unknown kind ${JSON.stringify(kind)}`}, not a file` });
      longName = undefined;
      pax = new Map();
    }
    if (size % BLOCK !== 0 || size === 0) faults.push({ name: members.at(-1)?.name ?? "", reason: `the archive has ${size} bytes, no multiple of ${BLOCK}; it is cut short or no tar file` });
    return { members, faults };
  });
}
