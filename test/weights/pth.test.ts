import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { openPth, readPthTensor, readPthTensorAsFloat32 } from "../../src/weights/pth.ts";
import { openSafetensors, readTensor, type TensorToWrite } from "../../src/weights/safetensors.ts";
import { ascii, storedZip, text, torchSave, view } from "./torchSave.ts";

const ORACLE = "test/oracle/pth-checkpoint";
const pack = JSON.parse(readFileSync(`${ORACLE}/pack.json`, "utf8")) as
  { cases: { name: string; file: string; expected: string; settings: { epoch: number | null } }[] };

const folder = mkdtempSync(join(tmpdir(), "pth-"));
afterAll(() => rmSync(folder, { recursive: true }));
const path = join(folder, "x.pth");

describe("recorded checkpoints", () => {
  it.each(pack.cases)("$name: every tensor equal, bit by bit", ({ file, expected, settings }) => {
    const pth = openPth(`${ORACLE}/${file}`), want = openSafetensors(`${ORACLE}/${expected}`);
    expect([...pth.tensors.keys()].sort()).toEqual([...want.tensors.keys()].sort());
    for (const name of want.tensors.keys()) expect({ name, ...readPthTensor(pth, name) }).toEqual({ name, ...readTensor(want, name) });
    expect(pth.scalars.get("epoch") ?? null).toBe(settings.epoch);
  });

  it("names an unknown tensor", () => {
    expect(() => readPthTensor(openPth(`${ORACLE}/parameters.pth`), "w")).toThrow(/parameters.pth: holds no tensor w/);
  });
});

/** Writes a zip file of stored entries. */
const zip = (...archive: Parameters<typeof storedZip>): string => (writeFileSync(path, storedZip(...archive)), path);

/** A pickled {"w": tensor} over one storage. */
const pickle = (...tensor: Parameters<typeof view>): Buffer => Buffer.concat([ascii("\x80\x02}"), text("w"), view(...tensor), ascii("s.")]);
const six = Buffer.from(new Float32Array([0, 1, 2, 3, 4, 5]).buffer);
const file = (pkl: Buffer): string => zip([["x/data.pkl", pkl], ["x/data/0", six]]);
const raw = (body: string): Buffer => ascii(`\x80\x02${body}`);

describe("hand-made archives", () => {
  it("reads a bare state dict whose tensors are tied", () => {
    const data = new Float32Array([1, 2, 3, 4]), tied = { dtype: "F32" as const, shape: [2, 2], data }, ids = { dtype: "I64" as const, shape: [1, 2], data: new BigInt64Array([0n, 1n]) };
    writeFileSync(path, torchSave(new Map<string, TensorToWrite>([["shared", tied], ["tied", tied], ["ids", ids]])));
    const pth = openPth(path);
    expect([...pth.tensors.keys()].map((name) => readPthTensor(pth, name))).toEqual([tied, tied, ids]);
    expect(pth.tensors.get("tied")!.storage).toEqual(pth.tensors.get("shared")!.storage);
  });

  it("reads a transposed view with an offset", () => {
    const pth = openPth(file(pickle([2, 2], [1, 3], 1, 6)));
    expect(readPthTensorAsFloat32(pth, "w")).toEqual(new Float32Array([1, 4, 2, 5]));
  });

  it.each([
    ["strides past the storage", pickle([2, 2], [4, 2], 0, 6), /past the end of its storage of 6 elements/],
    ["huge strides", pickle([2], [2 ** 52], 0, 6), /past the end/],
    ["a huge shape of stride 0", pickle([2 ** 40], [0], 0, 6), /shape \[1099511627776\] repeating a storage of 6/],
    ["sizes whose product overflows", pickle([2 ** 50, 2 ** 50], [0, 0], 0, 6), /repeating/],
    ["negative strides", pickle([2], [-1], 5, 6), /malformed arguments/],
    ["a size beyond 2^53", raw("}X\x01\0\0\0wctorch._utils\n_rebuild_tensor_v2\n(NK\0(\x8a\x08\xff\xff\xff\xff\xff\xff\xff\x7ft(K\x01ttRs."), /malformed arguments/],
    ["a storage longer than its entry", pickle([2], [1], 0, 7), /claims 7 elements of F32 \(28 bytes\) in storage x\/data\/0, which has 24 bytes/],
    ["a storage outside the archive", pickle([2], [1], 0, 6, "../../../etc/passwd"), /refers to storage "x\/data\/\.\.\/.*archive does not hold/],
    ["an unknown storage type", pickle([2], [1], 0, 6, "0", "ComplexFloatStorage"), /refers to "torch.ComplexFloatStorage"/],
    ["os.system", raw("cos\nsystem\nX\x04\0\0\0true\x85R."), /refers to "os.system", which this reader does not allow/],
    ["builtins.eval", raw("cbuiltins\neval\nX\x01\0\0\x001\x85R."), /refers to "builtins.eval"/],
    ["a global named over two words", raw("ctorch FloatStorage\n\n)R."), /refers to/],
    ["an unknown opcode", raw("i"), /opcode 0x69/],
    ["a call of a value", raw("K\x01)R."), /calls something that is no function/],
    ["an empty stack", raw("."), /empty stack/],
    ["a missing mark", raw("t."), /mark that is not there/],
    ["a forgotten memo", raw("h\x05."), /recalls value 5/],
    ["an early end", raw("X\xff\xff\xff\x7fabc"), /ends early/],
    ["a later protocol", ascii("\x80\x04N."), /protocol 4/],
    ["attributes of a list", raw("]}b."), /attributes/],
    ["no dict", raw("K\x01."), /no dict at its top/],
    ["a name that doubles sixty times", Buffer.concat([raw("}]q\x01"), ...Array.from({ length: 60 }, () => ascii("h\x01\x86q\x01")), view([2], [1], 0, 6), ascii("s.")]), /a tensor's name is no string/],
    ["a name of several lines", Buffer.concat([raw("}"), text("w\nfine"), view([2], [1], 0, 6), ascii("s.")]), /a tensor's name is "w\\nfine"/],
    ["tuples nested ten thousand deep", raw(`${")".repeat(1)}${"\x85".repeat(10_000)}.`), /no dict at its top/],
    ["a string longer than the file", raw("X\xff\xff\xff\xffw"), /ends early/],
    ["numpy's scalar", raw("cnumpy.core.multiarray\nscalar\n)R."), /refers to "numpy.core.multiarray.scalar"/],
    ["an attribute of an attribute", raw("ctorch._utils\n_rebuild_tensor_v2.__globals__\n)R."), /refers to "torch._utils._rebuild_tensor_v2.__globals__"/],
    ["a global of a very long name", raw(`c${"os".repeat(5000)}\nsystem\n.`), /refers to "(os){400,}o?\.\.\. \(byte/],
    ["the reduce of a class it may name", raw("ctorch\nFloatStorage\n)R."), /calls torch\.FloatStorage/],
  ])("refuses %s in one line naming the file", (_, pkl, message) => {
    file(pkl);
    expect(() => openPth(path)).toThrow(message);
    expect(() => openPth(path)).toThrow(`${path}: `);
    expect(() => openPth(path)).not.toThrow(/\n/);
  });

  it("refuses a pickle of more opcodes than any state dict takes", () => {
    expect(() => openPth(file(raw(`${"N0".repeat(2 ** 19)}}.`)))).toThrow(/the pickle has more than 1048576 opcodes; save a plain state dict of tensors/);
  });

  it("does not fall for a list that holds itself", () => {
    expect(openPth(file(raw("}X\x01\0\0\0a]q\x00h\x00as."))).tensors.size).toBe(0);
  });

  it.each([
    ["a stored entry of lying size", (r: Buffer) => r.writeUInt32LE(0xfffffff0, 24), /claims 4294967280 bytes in 24/],
    ["both sizes lying", (r: Buffer) => { r.writeUInt32LE(0xfffffff0, 20); r.writeUInt32LE(0xfffffff0, 24); }, /claims 4294967280 bytes from byte/],
    ["compression", (r: Buffer) => r.writeUInt16LE(8, 10), /entry x\/data\/0 is compressed/],
    ["encryption", (r: Buffer) => r.writeUInt16LE(1, 8), /encrypted/],
    ["a header offset past the end", (r: Buffer) => r.writeUInt32LE(0xfffffff0, 42), /entry x\/data\/0 begins at byte 4294967280/],
    ["a header offset elsewhere", (r: Buffer) => r.writeUInt32LE(3, 42), /no header at byte 3/],
    ["a name past the directory", (r: Buffer) => r.writeUInt16LE(0xffff, 28), /breaks off at entry 1/],
  ])("refuses %s", (_, alter, message) => {
    zip([["x/data.pkl", pickle([6], [1], 0, 6)], ["x/data/0", six]], (record, name) => { if (name === "x/data/0") alter(record); });
    expect(() => openPth(path)).toThrow(message);
  });

  it("reads zip64 records, as archives over 4 GB have them", () => {
    const label = ascii("x/data.pkl"), record = Buffer.alloc(46), extra = Buffer.alloc(28), local = Buffer.alloc(30), pkl = raw("}X\x01\0\0\0eK\x03s.");
    local.writeUInt32LE(0x04034b50, 0);
    local.writeUInt16LE(label.length, 26);
    record.writeUInt32LE(0x02014b50, 0);
    record.writeUInt16LE(label.length, 28);
    record.writeUInt16LE(extra.length, 30);
    for (const at of [20, 24, 42]) record.writeUInt32LE(0xffffffff, at);
    extra.writeUInt16LE(1, 0);
    extra.writeUInt16LE(24, 2);
    extra.writeBigUInt64LE(BigInt(pkl.length), 4);
    extra.writeBigUInt64LE(BigInt(pkl.length), 12);
    const start = 30 + label.length + pkl.length, bytes = 46 + label.length + extra.length;
    const end64 = Buffer.alloc(56), locator = Buffer.alloc(20), end = Buffer.alloc(22, 0xff);
    end64.writeUInt32LE(0x06064b50, 0);
    end64.writeBigUInt64LE(1n, 32);
    end64.writeBigUInt64LE(BigInt(bytes), 40);
    end64.writeBigUInt64LE(BigInt(start), 48);
    locator.writeUInt32LE(0x07064b50, 0);
    locator.writeBigUInt64LE(BigInt(start + bytes), 8);
    end.writeUInt32LE(0x06054b50, 0);
    end.writeUInt16LE(0, 20);
    writeFileSync(path, Buffer.concat([local, label, pkl, record, label, extra, end64, locator, end]));
    expect(openPth(path).scalars).toEqual(new Map([["e", 3]]));
    extra.writeBigUInt64LE(2n ** 63n, 4);
    extra.writeBigUInt64LE(2n ** 63n, 12);
    writeFileSync(path, Buffer.concat([local, label, pkl, record, label, extra, end64, locator, end]));
    expect(() => openPth(path)).toThrow(/x\/data.pkl claims 9223372036854776000 bytes/);
  });

  it("refuses doubled entries, two pickles, and big-endian storages", () => {
    const pkl = pickle([6], [1], 0, 6);
    expect(() => openPth(zip([["x/data.pkl", pkl], ["x/data/0", six], ["x/data/0", six]]))).toThrow(/x\/data\/0 occurs twice/);
    expect(() => openPth(zip([["x/data.pkl", pkl], ["y/data.pkl", pkl]]))).toThrow(/2 data.pkl entries/);
    expect(() => openPth(zip([["x/data.pkl", pkl], ["x/data/0", six], ["x/byteorder", ascii("big")]]))).toThrow(/not little-endian/);
  });

  it("refuses the file cut at any length", () => {
    const whole = readFileSync(`${ORACLE}/parameters.pth`);
    for (let length = 0; length < whole.length; length += 97) {
      writeFileSync(path, whole.subarray(0, length));
      expect(() => openPth(path)).toThrow(path);
    }
  });
});
