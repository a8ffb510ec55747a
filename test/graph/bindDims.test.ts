import { expect, test } from "vitest";
import { bindDims, type Port } from "../../src/graph/bindDims.ts";
import { floats, ints } from "../../src/graph/tensor.ts";

const port = (name: string, ...shape: Port["shape"]): Port => ({ name, dtype: "float32", shape });
const zeros = (...shape: number[]) => floats(shape, new Float32Array(shape.reduce((a, b) => a * b, 1)));

test("symbols are read off inputs that have them alone or times a number, and checked everywhere", () => {
  const symbols = bindDims([port("sum", "S+T"), port("x", "B", "4*S"), port("y", "T", 2)], { sum: zeros(8), x: zeros(2, 12), y: zeros(5, 2) });
  expect([...symbols]).toEqual([["B", 2], ["S", 3], ["T", 5]]);
});

test.each([
  [{ y: zeros(1) }, 'input "x" was not given; the graph takes x, y'],
  [{ x: ints([2, 8], new Int32Array(16)), y: zeros(2) }, 'input "x" is float32, found int32'],
  [{ x: zeros(2), y: zeros(2) }, 'input "x" is [B, 4*S], found [2]'],
  [{ x: zeros(2, 8), y: zeros(3) }, 'input "y" is [B] where B = 2, S = 2, found [3]'],
  [{ x: zeros(2, 6), y: zeros(2) }, 'input "x" is [B, 4*S] where B = 2, S = 1, found [2, 6]'],
])("refuses inputs by name: case %#", (feeds, message) => expect(() => bindDims([port("x", "B", "4*S"), port("y", "B")], feeds)).toThrow(message));
