/** PyTorch's zip checkpoints as torch.save writes them: a bare state dict, tensors that share their data one storage, storages aligned to 64 bytes. */
import { storageNames } from "../../src/weights/pth.ts";
import type { TensorToWrite } from "../../src/weights/safetensors.ts";

export const ascii = (text: string): Buffer => Buffer.from(text, "latin1");
export const text = (value: string): Buffer => { const head = Buffer.alloc(5); head.write("X"); head.writeUInt32LE(value.length, 1); return Buffer.concat([head, ascii(value)]); };
export const int = (value: number): Buffer => {
  if (value < 2 ** 31) { const b = Buffer.alloc(5); b.write("J"); b.writeInt32LE(value, 1); return b; }
  const b = Buffer.alloc(10);
  b.write("\x8a\x08", "latin1");
  b.writeBigInt64LE(BigInt(value), 2);
  return b;
};
export const tuple = (...items: Buffer[]): Buffer => Buffer.concat([ascii("("), ...items, ascii("t")]);

/** A pickled tensor: a strided view from `start` of a storage of `elements`. */
export function view(shape: readonly number[], strides: readonly number[], start: number, elements: number, key = "0", type = "FloatStorage"): Buffer {
  const storage = Buffer.concat([tuple(text("storage"), ascii(`ctorch\n${type}\n`), text(key), text("cpu"), int(elements)), ascii("Q")]);
  const args = tuple(storage, int(start), tuple(...shape.map(int)), tuple(...strides.map(int)), ascii("\x89"), ascii("ccollections\nOrderedDict\n)R"));
  return Buffer.concat([ascii("ctorch._utils\n_rebuild_tensor_v2\n"), args, ascii("R")]);
}

/** A zip file of stored entries; `alter` edits the directory record of each before it is written. */
export function storedZip(entries: readonly (readonly [string, Buffer])[], alter: (record: Buffer, name: string) => void = () => {}): Buffer {
  const parts: Buffer[] = [], directory: Buffer[] = [];
  let offset = 0;
  for (const [name, data] of entries) {
    const label = Buffer.from(name), padding = Buffer.alloc((64 - (offset + 30 + label.length) % 64) % 64), local = Buffer.alloc(30), record = Buffer.alloc(46);
    local.writeUInt32LE(0x04034b50, 0);
    local.writeUInt16LE(label.length, 26);
    local.writeUInt16LE(padding.length, 28);
    record.writeUInt32LE(0x02014b50, 0);
    record.writeUInt32LE(data.length, 20);
    record.writeUInt32LE(data.length, 24);
    record.writeUInt16LE(label.length, 28);
    record.writeUInt32LE(offset, 42);
    alter(record, name);
    parts.push(local, label, padding, data);
    directory.push(record, label);
    offset += 30 + label.length + padding.length + data.length;
  }
  const records = Buffer.concat(directory), end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(entries.length, 8);
  end.writeUInt16LE(entries.length, 10);
  end.writeUInt32LE(records.length, 12);
  end.writeUInt32LE(offset, 16);
  return Buffer.concat([...parts, records, end]);
}

/** The bytes of torch.save(state_dict); tensors of one `data` are tied. */
export function torchSave(tensors: ReadonlyMap<string, TensorToWrite>): Buffer {
  const storages = [...new Set([...tensors.values()].map(({ data }) => data))];
  const items = [...tensors].map(([name, { dtype, shape, data }]) =>
    Buffer.concat([text(name), view(shape, shape.map((_, axis) => shape.slice(axis + 1).reduce((product, n) => product * n, 1)), 0, data.length, `${storages.indexOf(data)}`, storageNames[dtype])]));
  return storedZip([
    ["archive/data.pkl", Buffer.concat([ascii("\x80\x02ccollections\nOrderedDict\n)R("), ...items, ascii("u}"), text("_metadata"), ascii("ccollections\nOrderedDict\n)Rsb.")])],
    ...storages.map(({ buffer, byteOffset, byteLength }, key) => [`archive/data/${key}`, Buffer.from(buffer, byteOffset, byteLength)] as const),
    ["archive/version", ascii("3\n")],
  ]);
}
