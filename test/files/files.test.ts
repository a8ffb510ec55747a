import { appendFileSync, chmodSync, existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { writeAtomically, writeAtomicallyWith } from "../../src/files/atomic.ts";
import { appendLine, appendLines, readJsonLines } from "../../src/files/jsonLines.ts";
import { sha256, sha256File } from "../../src/files/sha256.ts";
import { countValues, readJson, readJsonAs, readWhole } from "../../src/files/json.ts";
import { UserError } from "../../src/files/userError.ts";

let folder: string, path: string;
beforeEach(() => { folder = mkdtempSync(join(tmpdir(), "files-")); path = join(folder, "x"); });
afterEach(() => rmSync(folder, { recursive: true }));

describe("writeAtomically", () => {
  it("writes text as UTF-8 and bytes as they are, creating folders", () => {
    writeAtomically(join(folder, "a/b/c.txt"), "é");
    expect(readFileSync(join(folder, "a/b/c.txt"))).toEqual(Buffer.from([0xc3, 0xa9]));
    writeAtomically(path, new Uint8Array([0, 255]));
    expect(readFileSync(path)).toEqual(Buffer.from([0, 255]));
  });

  it("leaves the old file and no litter when writing fails half way", () => {
    writeFileSync(path, "old");
    const full = () => writeAtomicallyWith(path, (fd) => { writeSync(fd, "half"); throw new Error("ENOSPC: no space left on device"); });
    expect(full).toThrow("ENOSPC");
    expect(readFileSync(path, "utf8")).toBe("old");
    expect(readdirSync(folder)).toEqual(["x"]);
  });

  it("shows the old content until the new one is complete", () => {
    writeFileSync(path, "old");
    writeAtomicallyWith(path, (fd) => { writeSync(fd, "new"); expect(readFileSync(path, "utf8")).toBe("old"); });
    expect(readFileSync(path, "utf8")).toBe("new");
  });

  it("replaces a read-only file", () => {
    writeFileSync(path, "old");
    chmodSync(path, 0o444);
    writeAtomically(path, "new");
    expect(readFileSync(path, "utf8")).toBe("new");
  });
});

describe("sha256", () => {
  it("gives the published digest of abc, also of a file longer than one piece", () => {
    expect(sha256("abc")).toBe("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    const bytes = new Uint8Array((1 << 20) * 2 + 5).map((_, i) => i % 251);
    writeFileSync(path, bytes);
    expect(sha256File(path)).toBe(sha256(bytes));
  });
});

describe("JSON lines", () => {
  const lines = (): unknown[] => readJsonLines(path, (value) => value), sample = (i: number) => ({ id: `arm/2/Color-I/${i}`, expected: { detail: "röt", object: "car" }, text: "a, [b] {c} \"d\" ".repeat(i % 30), seconds: i / 7 });

  it("reads back what was appended, and nothing from a missing file", () => {
    expect(lines()).toEqual([]);
    appendLine(path, { a: "line\nbreak" });
    appendLine(path, [1]);
    expect(lines()).toEqual([{ a: "line\nbreak" }, [1]]);
    expect(readFileSync(path, "utf8").split("\n").length).toBe(3);
  });

  it("drops a torn last line and cuts it off before the next append", () => {
    appendLine(path, 1);
    appendFileSync(path, `{"a": "${"é".repeat(5000)}`);
    expect(lines()).toEqual([1]);
    appendLine(path, 2);
    expect(readFileSync(path, "utf8")).toBe("1\n2\n");
  });

  it("drops a torn line even where its beginning is valid JSON", () => {
    writeFileSync(path, "1\n12");
    expect(lines()).toEqual([1]);
  });

  it("starts afresh where the only line is torn", () => {
    writeFileSync(path, "{");
    appendLine(path, 1);
    expect(readFileSync(path, "utf8")).toBe("1\n");
  });

  it("reports a broken inner line by its number", () => {
    writeFileSync(path, "1\n{oops\n3\n");
    expect(() => lines()).toThrow(UserError);
    expect(() => lines()).toThrow(`${path}: line 2: not JSON`);
    expect(existsSync(path)).toBe(true);
  });

  it("reads tens of thousands of records, whatever pieces the file is read in", () => {
    const records = Array.from({ length: 20_000 }, (_, i) => sample(i));
    appendLines(path, records);
    expect(lines()).toEqual(records);
  });

  it.each([
    ["of too many values", `[${"[],".repeat(2 ** 19)}1]`, "line 2: has more than 1048576 values; mend or remove that line"],
    ["of too many bytes", `"${"x".repeat(2 ** 22)}"`, "line 2: has more than 4194304 bytes; mend or remove that line"],
    ["that is refused", '{"seconds": "1"}', "line 2: seconds: x expected; mend or remove that line"],
  ])("stops at a line %s, names it, and leaves the file as it is", (_, line, message) => {
    writeFileSync(path, `${JSON.stringify(sample(1))}\n${line}\n${JSON.stringify(sample(3))}\n`);
    const before = sha256File(path), seen: unknown[] = [];
    const read = () => readJsonLines(path, (value, place) => { seen.push(place); if (typeof (value as { seconds: unknown }).seconds !== "number") throw new Error("seconds:\nx expected"); });
    expect(read).toThrow(UserError);
    expect(read).toThrow(new RegExp(`^${path}: ${message}$`));
    expect(seen).not.toContain(`${path}: line 3`);
    expect(sha256File(path)).toBe(before);
  });

  it("bounds a torn line, and the values of all lines together", () => {
    writeFileSync(path, `1\n${"x".repeat(2 ** 22 + 1)}`);
    expect(lines).toThrow(/line 2: has more than 4194304 bytes/);
    writeFileSync(path, `[${"1,".repeat(2 ** 20 - 3)}1]\n`.repeat(17));
    expect(() => readJsonLines(path, () => undefined)).toThrow(/line 17: up to here the file has more than 16777216 values; remove the lines/);
  });

  it("adds no line that could not be read back", () => {
    appendLine(path, 1);
    expect(() => appendLines(path, [2, "x".repeat(2 ** 22)])).toThrow(/x: a line of 4194307 bytes is to be added, more than 4194304; nothing was written/);
    expect(lines()).toEqual([1]);
  });
});

describe("UserError", () => {
  it("carries an exit code, 1 unless told", () => {
    expect(new UserError("x")).toMatchObject({ message: "x", exitCode: 1 });
    expect(new UserError("x", 2).exitCode).toBe(2);
  });
});

describe("JSON files", () => {
  it("give their value, or one line that names the file, what is wrong and what to do", () => {
    const file = join(folder, "x.json");
    writeFileSync(file, '{"a": 1}');
    expect(readJson(file)).toEqual({ a: 1 });
    expect(() => readJsonAs(file, () => { throw new Error("a must\nbe 2"); })).toThrow(`${file}: a must be 2`);
    expect(() => readWhole(file, 3)).toThrow(`${file}: has 8 bytes, more than 3`);
    for (const [text, message] of [["", /x\.json: not JSON \(.*\); mend it$/], ["{", /not JSON/], ["\u001b[2J", /not JSON \([ -~]*\); mend it$/]] as const) {
      writeFileSync(file, text);
      expect(() => readJson(file, "mend it")).toThrow(message);
      expect(() => readJson(file, "mend it")).toThrow(UserError);
    }
    expect(() => readJson(join(folder, "none.json"), "fetch it")).toThrow(/none\.json: no such file; fetch it$/);
    expect(() => readJson(folder)).toThrow(/expected a file, found a folder/);
    writeFileSync(file, `[]${" ".repeat(2 ** 22)}`);
    expect(() => readJson(file, "fetch it")).toThrow(`${file}: has 4194306 bytes, more than 4194304; fetch it`);
    expect(readJson(file, "fetch it", 2 ** 23)).toEqual([]);
  });

  it("hold no more values than fit, however short they are", () => {
    const file = join(folder, "x.json");
    expect([1, "a,[{", [], [1, { a: [2, "\\\""], b: "," }, {}]].map((value) => countValues(JSON.stringify(value)))).toEqual([1, 1, 2, 9]);
    writeFileSync(file, `[${"[],".repeat(2 ** 19)}1]`);
    expect(() => readJson(file, "fetch it")).toThrow(`${file}: has more than 1048576 values; fetch it`);
    expect((readJson(file, "fetch it", 2 ** 24) as unknown[]).length).toBe(2 ** 19 + 1);
  });
});
