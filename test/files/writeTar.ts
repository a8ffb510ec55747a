import { writeFileSync } from "node:fs";

export interface TarEntry {
  readonly name: string;
  readonly data?: Uint8Array | string;
  /** The kind of member: "0" a file, "5" a folder, "x" a pax header ... */
  readonly kind?: string;
  /** Changes the header before its checksum is written. */
  readonly alter?: (header: Buffer) => void;
}

/** The bytes of a ustar archive, ended by two empty blocks. */
export function tarBytes(entries: readonly TarEntry[]): Buffer {
  const parts = entries.flatMap(({ name, data = "", kind = "0", alter }) => {
    const body = Buffer.from(data as string), header = Buffer.alloc(512);
    header.write(name, 0, 100);
    header.write("0000644\0", 100);
    header.write(`${body.length.toString(8).padStart(11, "0")} `, 124);
    header.write(kind, 156);
    header.write("ustar\x0000", 257);
    alter?.(header);
    header.fill(" ", 148, 156);
    header.write(`${header.reduce((sum, byte) => sum + byte, 0).toString(8).padStart(6, "0")}\0 `, 148);
    return [header, body, Buffer.alloc((512 - (body.length % 512)) % 512)];
  });
  return Buffer.concat([...parts, Buffer.alloc(1024)]);
}

export function writeTar(path: string, entries: readonly TarEntry[]): string {
  writeFileSync(path, tarBytes(entries));
  return path;
}

/** A pax header whose records change the next member. */
export const pax = (records: Readonly<Record<string, string>>): TarEntry => ({
  name: "PaxHeader", kind: "x",
  data: Object.entries(records).map(([key, value]) => {
    const rest = ` ${key}=${value}\n`;
    let length = Buffer.byteLength(rest);
    while (`${length}`.length + Buffer.byteLength(rest) !== length) length = `${length}`.length + Buffer.byteLength(rest);
    return `${length}${rest}`;
  }).join(""),
});
