import { expect, it } from "vitest";
import { duration } from "../../src/harness/duration.ts";
import { notice, startProgress } from "../../src/harness/progress.ts";

function terminal(isTTY: boolean) {
  const written: string[] = [];
  return { written, isTTY, columns: 80, write: (text: string) => written.push(text) };
}

it("progress draws a bar with the time left by the speed of this sitting", () => {
  const stream = terminal(true);
  let time = 0;
  const progress = startProgress("judge", 10, { stream, now: () => time, alreadyDone: 5 });
  time = 2000;
  progress.add(2);
  expect(stream.written.at(-1)).toContain("7/10 3.0 s left");
  time = 2050;
  progress.add();
  expect(stream.written.length).toBe(2);  // at most ten draws a second
  progress.at(3);
  time = 4000;
  progress.finish();
  expect(stream.written.at(-2)).toContain("8/10");
  expect(stream.written.at(-1)).toBe("\n");
});

it("progress says nothing where there is no terminal", () => {
  const stream = terminal(false), progress = startProgress("judge", 2, { stream });
  progress.add(2);
  progress.finish();
  expect(stream.written).toEqual([]);
});

it("names of files do not steer the terminal", () => {
  const stream = terminal(true);
  startProgress("features of \u001b[2Jx", 2, { stream });
  notice("a\rb: 2 members skipped", ["c\u009b2J: no caption", "d"], stream);
  expect(stream.written[0]).toContain("\r\u001b[2Kfeatures of \\x1b[2Jx ");
  expect(stream.written[1]).toBe("a\\x0db: 2 members skipped:\n  c\\x9b2J: no caption\n  d\n");
});

it("duration speaks in the unit that fits", () => {
  expect([0.04, 59.94, 59.96, 245, 3599.6, 7380].map(duration)).toEqual(["0.0 s", "59.9 s", "1 min 00 s", "4 min 05 s", "1 h 00 min", "2 h 03 min"]);
});
