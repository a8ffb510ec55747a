import { appendFileSync, chmodSync, existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { writeAtomically, writeAtomicallyWith } from "../../src/files/atomic.ts";
import { appendLine, readJsonLines } from "../../src/files/jsonLines.ts";
import { sha256, sha256File } from "../../src/files/sha256.ts";
import { readJson, readJsonAs, readWhole } from "../../src/files/json.ts";
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
  it("reads back what was appended, and nothing from a missing file", () => {
    expect(readJsonLines(path)).toEqual([]);
    appendLine(path, { a: "line\nbreak" });
    appendLine(path, [1]);
    expect(readJsonLines(path)).toEqual([{ a: "line\nbreak" }, [1]]);
    expect(readFileSync(path, "utf8").split("\n").length).toBe(3);
  });

  it("drops a torn last line and cuts it off before the next append", () => {
    appendLine(path, 1);
    appendFileSync(path, `{"a": "${"é".repeat(5000)}`);
    expect(readJsonLines(path)).toEqual([1]);
    appendLine(path, 2);
    expect(readFileSync(path, "utf8")).toBe("1\n2\n");
  });

  it("drops a torn line even where its beginning is valid JSON", () => {
    writeFileSync(path, "1\n12");
    expect(readJsonLines(path)).toEqual([1]);
  });

  it("starts afresh where the only line is torn", () => {
    writeFileSync(path, "{");
    appendLine(path, 1);
    expect(readFileSync(path, "utf8")).toBe("1\n");
  });

  it("reports a broken inner line by its number", () => {
    writeFileSync(path, "1\n{oops\n3\n");
    expect(() => readJsonLines(path)).toThrow(UserError);
    expect(() => readJsonLines(path)).toThrow(`${path}: line 2 is not JSON`);
    expect(existsSync(path)).toBe(true);
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
});
