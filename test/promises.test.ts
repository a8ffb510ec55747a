import { readFileSync } from "node:fs";
import { expect, it } from "vitest";

const rows = [...readFileSync("docs/promises.md", "utf8").matchAll(/^\| (.+?) \| (test\/\S+) \| (.+) \|$/gm)].map(([, promise, file, test]) => [promise!, file!, test!] as const);

it("docs/promises.md lists promises with their tests", () => {
  expect(rows.length).toBeGreaterThan(25);
  expect(rows.length).toBe(readFileSync("docs/promises.md", "utf8").split("\n").filter((line) => line.startsWith("| ")).length - 1);
});

it.each(rows)("%s: the test is there", (_, file, test) => {
  const titles = [...readFileSync(file, "utf8").matchAll(/(?:\bit|\btest|\]\)|\))\("(?:%j )?((?:[^"\\]|\\.)+)"/g)].map(([, title]) => title);
  expect(titles).toContain(test);
});
