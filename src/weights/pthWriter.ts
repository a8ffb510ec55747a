/**
 * PyTorch's zip checkpoints, written: stored entries `<root>/data.pkl` (protocol 2), `<root>/byteorder`, `<root>/version` and a storage
 * `<root>/data/<key>` of each tensor. The pickle names the globals that torch.load(weights_only=True) allows and no others.
 */
import { basename } from "node:path";
import { crc32 } from "node:zlib";
import { writeAtomicallyWith, writeFully } from "../files/atomic.ts";
import { UserError } from "../files/userError.ts";
import { storageNames } from "./pth.ts";
import { checkTensor, encode, type TensorToWrite } from "./safetensorsWriter.ts";

/** What stands beside a state dict: plain values in dicts and lists. */
export type Plain = string | number | boolean | null | readonly Plain[] | { readonly [key: string]: Plain };

const text = (value: string): Buffer => {
  const bytes = Buffer.from(value, "utf8"), head = Buffer.alloc(5, "X");
  head.writeUInt32LE(bytes.length, 1);
  return Buffer.concat([head, bytes]);
};
const code = (opcodes: string): Buffer => Buffer.from(opcodes, "latin1");
const items = (pairs: readonly (readonly [string, Buffer])[]): Buffer => Buffer.concat([code("("), ...pairs.flatMap(([key, value]) => [text(key), value]), code("u")]);

/** An integer of 32 bits as BININT, up to 64 as LONG1, anything else as a double. */
function number(value: number): Buffer {
  const whole = Number.isSafeInteger(value) && !Object.is(value, -0), short = whole && value === (value | 0), bytes = Buffer.alloc(short ? 5 : whole ? 10 : 9, short ? "J" : "G");
  if (short) bytes.writeInt32LE(value, 1);
  else if (whole) {
    bytes.writeUInt16LE(0x088a);
    bytes.writeBigInt64LE(BigInt(value), 2);
  } else bytes.writeDoubleBE(value, 1);
  return bytes;
}

function plain(value: Plain): Buffer {
  if (value === null) return code("N");
  if (typeof value === "string") return text(value);
  if (typeof value === "number") return number(value);
  if (typeof value === "boolean") return code(value ? "\x88" : "\x89");
  if (Array.isArray(value)) return Buffer.concat([code("]("), ...(value as readonly Plain[]).map(plain), code("e")]);
  return Buffer.concat([code("}"), items(Object.entries(value).map(([key, inner]) => [key, plain(inner)]))]);
}

const tuple = (...parts: readonly Buffer[]): Buffer => Buffer.concat([code("("), ...parts, code("t")]);
const emptyOrderedDict = code("ccollections\nOrderedDict\n)R");

/** torch._utils._rebuild_tensor_v2 of a whole storage. */
function tensorOf(key: string, { dtype, shape, data }: TensorToWrite): Buffer {
  const strides = shape.map((_, axis) => shape.slice(axis + 1).reduce((product, n) => product * n, 1));
  const storage = Buffer.concat([tuple(text("storage"), code(`ctorch\n${storageNames[dtype]}\n`), text(key), text("cpu"), number(data.length)), code("Q")]);
  return Buffer.concat([code("ctorch._utils\n_rebuild_tensor_v2\n"), tuple(storage, number(0), tuple(...shape.map(number)), tuple(...strides.map(number)), code("\x89"), emptyOrderedDict), code("R")]);
}

/** Bytes that move an entry's data to a multiple of 64, as PyTorch's do: an extra field "FB" of zeros. */
function padding(dataAt: number): Buffer {
  const extra = Buffer.alloc(4 + ((64 - ((dataAt + 4) % 64)) % 64));
  extra.write("FB");
  extra.writeUInt16LE(extra.length - 4, 2);
  return extra;
}

/** The fields that a local header and a directory record share, from "version needed" to the length of the name. */
function shared(bytes: Uint8Array, name: Buffer): Buffer {
  const fields = Buffer.alloc(24);
  fields.writeUInt16LE(0x0800, 2); // names are UTF-8
  fields.writeUInt16LE(0x21, 8);   // 1 January 1980: equal tensors give equal bytes
  fields.writeUInt32LE(crc32(bytes), 10);
  fields.writeUInt32LE(bytes.length, 14);
  fields.writeUInt32LE(bytes.length, 18);
  fields.writeUInt16LE(name.length, 22);
  return fields;
}

const signature = (value: number): Buffer => { const bytes = Buffer.alloc(4); bytes.writeUInt32LE(value); return bytes; };

/** Writes {model: tensors, ...beside} as torch.save does, whole or not at all; a UserError over 4 GB or for an element type that PyTorch lacks. */
export function writePth(path: string, tensors: ReadonlyMap<string, TensorToWrite>, beside: Readonly<Record<string, Plain>> = {}): void {
  const root = basename(path).replace(/\.[^.]*$/, "") || "archive", listed = [...tensors];
  for (const [name, tensor] of listed) {
    checkTensor(path, name, tensor);
    if (storageNames[tensor.dtype] === undefined) throw new UserError(`${path}: tensor ${name}: PyTorch has no storage of ${tensor.dtype}`);
  }
  const model = Buffer.concat([emptyOrderedDict, items(listed.map(([name, tensor], i) => [name, tensorOf(`${i}`, tensor)]))]);
  const pickle = Buffer.concat([code("\x80\x02}"), items([["model", model], ...Object.entries(beside).map(([key, value]) => [key, plain(value)] as const)]), code(".")]);
  const entries: readonly (readonly [string, () => Uint8Array])[] = [
    ["data.pkl", () => pickle], ["byteorder", () => code("little")],
    ...listed.map(([, { dtype, data }], i) => [`data/${i}`, () => { const { buffer, byteOffset, byteLength } = encode(dtype, data); return new Uint8Array(buffer, byteOffset, byteLength); }] as const),
    ["version", () => code("3\n")],
  ];
  writeAtomicallyWith(path, (fd) => {
    const directory: Buffer[] = [];
    let at = 0;
    const write = (bytes: Uint8Array): void => { writeFully(fd, bytes); at += bytes.length; };
    for (const [entry, read] of entries) {
      const name = Buffer.from(`${root}/${entry}`), bytes = read(), fields = shared(bytes, name), start = at, extra = padding(at + 30 + name.length);
      if (start + bytes.length > 0xf0000000) throw new UserError(`${path}: the tensors take more than 4 GB, which this writer does not do; save them as safetensors`);
      const lengths = Buffer.alloc(2), rest = Buffer.alloc(16);
      lengths.writeUInt16LE(extra.length);
      rest.writeUInt32LE(start, 12);
      write(Buffer.concat([signature(0x04034b50), fields, lengths, name, extra]));
      write(bytes);
      directory.push(signature(0x02014b50), Buffer.alloc(2), fields, rest, name);
    }
    const records = Buffer.concat(directory), end = Buffer.alloc(22);
    end.writeUInt32LE(0x06054b50);
    end.writeUInt16LE(entries.length, 8);
    end.writeUInt16LE(entries.length, 10);
    end.writeUInt32LE(records.length, 12);
    end.writeUInt32LE(at, 16);
    write(records);
    write(end);
  });
}
