import { expect, test } from "vitest";
import { ProtobufWriter } from "../../src/onnx/protobuf.ts";

const bytes = (build: (m: ProtobufWriter) => ProtobufWriter) => Buffer.from(build(new ProtobufWriter()).finish()).toString("hex");

test.each<[string, (m: ProtobufWriter) => ProtobufWriter, string]>([
  ["a varint of two bytes", (m) => m.int(1, 150), "089601"],
  ["zero", (m) => m.int(1, 0), "0800"],
  ["a negative number in ten bytes", (m) => m.int(1, -1), "08ffffffffffffffffff01"],
  ["a number beyond 32 bits", (m) => m.int(1, 2 ** 40), "08808080808020"],
  ["a field number above 15", (m) => m.int(20, 7), "a00107"],
  ["text", (m) => m.string(2, "testing"), "120774657374696e67"],
  ["text beyond ASCII", (m) => m.string(2, "é"), "1202c3a9"],
  ["a float", (m) => m.float(2, 1), "150000803f"],
  ["a message in a message", (m) => m.message(3, (inner) => inner.int(1, 150)), "1a03089601"],
  ["an empty message", (m) => m.message(3, () => {}), "1a00"],
  ["fields in the order written", (m) => m.int(1, 1).int(1, 2), "08010802"],
])("writes %s", (_, build, want) => expect(bytes(build)).toBe(want));
