import { describe, expect, test } from "vitest";
import { addDims, broadcastShapes, evaluateDim, mulDims, parseDim, sameShape, sizeOf, subDims, type Dim } from "../../src/graph/dims.ts";

test.each<[Dim, Dim]>([
  [addDims("T", 16), "T+16"], [addDims("T", "B", "T"), "B+2*T"], [addDims(16, "T"), addDims("T", 16)], [addDims(2, 3), 5],
  [mulDims(4, "M"), "4*M"], [mulDims("B", "A"), "A*B"], [mulDims("T+1", "T-1"), "T*T-1"], [mulDims("T", 0), 0],
  [subDims("T+16", 16), "T"], [subDims("T", "T"), 0], [subDims("B", "T"), "B-1*T"], [addDims("T-3", 5), "T+2"],
  [sizeOf(["B", "T+1", 2]), "2*B+2*B*T"], [sizeOf([]), 1],
])("equal sizes are equal text: %s", (got, want) => expect(got).toBe(want));

test("a polynomial has the value of its symbols", () => {
  const symbols = new Map([["B", 3], ["T", 5]]);
  for (const [dim, value] of [["2*B*T-B+7", 34], ["T", 5], [9, 9], ["-T+6", 1]] as const) expect(evaluateDim(dim, symbols)).toBe(value);
  expect(() => evaluateDim("B*U", symbols)).toThrow('dimension "B*U": no value for "U"');
});

test("text that is no sum of products is refused", () => expect(() => parseDim("T/2")).toThrow('dimension "T/2": "T/2" is neither an integer nor a name'));

describe("broadcasting", () => {
  test.each<[Dim[], Dim[], Dim[]]>([[[2, 1, 5], [3, 1], [2, 3, 5]], [[], ["B"], ["B"]], [["B", 1], ["B", "T"], ["B", "T"]], [[7], [7], [7]]])("%o and %o", (a, b, want) => {
    expect(broadcastShapes(a, b)).toEqual(want);
    expect(broadcastShapes(b, a)).toEqual(want);
  });
  test.each<[Dim[], Dim[], string]>([[[2, 3], [2], "3 against 2"], [["B"], ["T"], "B against T"], [["B"], [4], "B against 4"]])("%o and %o do not", (a, b, message) => expect(() => broadcastShapes(a, b)).toThrow(message));
});

test("shapes are equal symbol by symbol", () => {
  expect(sameShape(["B", 2], ["B", 2])).toBe(true);
  expect(sameShape(["B", 2], ["B"])).toBe(false);
  expect(sameShape(["B"], ["T"])).toBe(false);
});
