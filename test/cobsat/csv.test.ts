import { describe, expect, it } from "vitest";
import { csvRecords, formatCsv, parseCsv } from "../../src/cobsat/csv.ts";

describe("CSV", () => {
  it("keeps commas, quotes and line ends inside quoted fields", () => {
    const rows = [["image", "caption"], ["red_car.jpg", 'a "red", shiny\ncar'], ["", "no name"]];
    expect(parseCsv(formatCsv(rows))).toEqual(rows);
  });

  it("reads Windows line ends, a byte order mark and a last line without an end", () => {
    expect(parseCsv("\ufeffa,b\r\n1,\"x\r\ny\"\r\n\r\n2,3")).toEqual([["a", "b"], ["1", "x\r\ny"], ["2", "3"]]);
  });

  it("writes booleans as Python does", () => {
    expect(formatCsv([[true, false, 1]])).toBe("True,False,1\n");
  });

  it("refuses rows that do not fit", () => {
    expect(() => csvRecords("x.csv", "a,b\n1\n")).toThrow(/^x\.csv: row 2 has 1 fields, its header 2/);
    expect(() => parseCsv('a\n"b')).toThrow(/row 2: a quote is never closed/);
    expect(() => csvRecords("x.csv", "")).toThrow(/no header/);
  });
});
