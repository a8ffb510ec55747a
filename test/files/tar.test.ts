import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { listTar } from "../../src/files/tar.ts";
import { pax, tarBytes, writeTar, type TarEntry } from "./writeTar.ts";

const folder = mkdtempSync(join(tmpdir(), "tar-")), path = join(folder, "x.tar");
afterAll(() => rmSync(folder, { recursive: true }));

const names = (entries: readonly TarEntry[]): string[] => listTar(writeTar(path, entries)).members.map(({ name }) => name);

describe("listTar", () => {
  it("finds every file's bytes, of any length", () => {
    const entries = ["", "a", "x".repeat(511), "y".repeat(512), "z".repeat(1300)].map((data, i) => ({ name: `folder/${i}.txt`, data }));
    const { members, faults } = listTar(writeTar(path, [{ name: "folder/", kind: "5" }, ...entries])), bytes = readFileSync(path);
    expect(members.map(({ name, offset, bytes: length }) => ({ name, data: bytes.toString("utf8", offset, offset + length) }))).toEqual(entries);
    expect(faults).toEqual([]);
  });

  it("reads long names of pax, GNU and ustar prefixes, and sizes in binary", () => {
    const long = `${"deep/".repeat(40)}ü.jpg`;
    expect(names([pax({ path: long, mtime: "1.5" }), { name: "short", data: "1" }, { name: "b" }])).toEqual([long, "b"]);
    expect(names([{ name: "././@LongLink", kind: "L", data: `${long}\0` }, { name: "short" }, { name: "b" }])).toEqual([long, "b"]);
    expect(names([{ name: "a.jpg", alter: (header) => header.write("pre/fix", 345) }])).toEqual(["pre/fix/a.jpg"]);
    const binary = (header: Buffer): void => { header.fill(0, 124, 136); header[124] = 0x80; header[135] = 3; };
    expect(listTar(writeTar(path, [{ name: "a", data: "abc", alter: binary }])).members).toEqual([{ name: "a", offset: 512, bytes: 3 }]);
  });

  it.each<[string, TarEntry[] | Buffer, RegExp, string[]]>([
    ["a symbolic link", [{ name: "l", kind: "2", alter: (h) => h.write("/etc/passwd", 157) }, { name: "b" }], /l: is a symbolic link, not a file/, ["b"]],
    ["a hard link", [{ name: "l", kind: "1" }, { name: "b" }], /is a hard link/, ["b"]],
    ["a device", [{ name: "null", kind: "3" }, { name: "b" }], /null: is a device/, ["b"]],
    ["a sparse file", [{ name: "s", kind: "S" }, { name: "b" }], /is a sparse file/, ["b"]],
    ["an unknown kind", [{ name: "u", kind: "~" }, { name: "b" }], /of unknown kind "~"/, ["b"]],
    ["a size past the end", [{ name: "a" }, { name: "bomb", alter: (h) => h.write("77777777777 ", 124) }], /bomb: claims 8589934591 bytes from byte 1024 of an archive of 2048; it is cut short/, ["a"]],
    ["a huge binary size", [{ name: "a" }, { name: "bomb", alter: (h) => { h.fill(0xff, 124, 136); h[124] = 0x80; } }], /bomb: has a size that is no number/, ["a"]],
    ["a size of letters", [{ name: "a" }, { name: "b", alter: (h) => h.write("lots       ", 124) }], /size that is no number/, ["a"]],
    ["a negative pax size", [{ name: "a" }, pax({ size: "-512" }), { name: "b" }], /size that is no number/, ["a"]],
    ["a huge extended header", [{ name: "a" }, { name: "p", kind: "x", data: Buffer.alloc(70_000) }, { name: "b" }], /70000 bytes of extended header, more than 65536/, ["a", "b"]],
    ["broken pax records", [{ name: "p", kind: "x", data: "99 path=short\n" }, { name: "b" }], /broken extended header/, ["b"]],
    ["a wrong checksum", Buffer.concat([tarBytes([{ name: "a" }]).subarray(0, 512), Buffer.alloc(512, 7), tarBytes([{ name: "c" }])]), /byte 512 is not the start of a member; the rest/, ["a"]],
    ["a gzip file", Buffer.concat([Buffer.from([0x1f, 0x8b]), Buffer.alloc(1022, 1)]), /gzip file; unpack it to a plain .tar/, []],
    ["an empty file", Buffer.alloc(0), /0 bytes, no multiple of 512/, []],
    ["a file cut within a member", tarBytes([{ name: "a" }, { name: "b", data: "x".repeat(900) }]).subarray(0, 1200), /b: claims 900 bytes from byte 1024 of an archive of 1200/, ["a"]],
    ["a file cut within a header", tarBytes([{ name: "a" }, { name: "b" }]).subarray(0, 700), /700 bytes, no multiple of 512/, ["a"]],
  ])("names %s and keeps what can be used", (_, content, message, kept) => {
    writeFileSync(path, Buffer.isBuffer(content) ? content : tarBytes(content));
    const { members, faults } = listTar(path);
    expect(members.map(({ name }) => name)).toEqual(kept);
    expect(faults.map(({ name, reason }) => `${name}: ${reason}`)).toEqual([expect.stringMatching(message)]);
  });

  it("makes no file of a member, whatever it is called", () => {
    expect(names([{ name: "../../escaped.txt", data: "x" }, { name: "/tmp/absolute.txt", data: "x" }])).toEqual(["../../escaped.txt", "/tmp/absolute.txt"]);
    expect(readdirSync(folder)).toEqual(["x.tar"]);
  });
});
