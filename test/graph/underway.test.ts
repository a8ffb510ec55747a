import { expect, it } from "vitest";
import { Underway } from "../../src/graph/underway.ts";

/** Pieces that end when told to, and what has happened to them. */
function pieces() {
  const log: string[] = [], ends: Record<string, (error?: Error) => void> = {};
  const piece = (name: string) => (): Promise<void> => {
    log.push(`${name} begins`);
    return new Promise<void>((resolve, reject) => { ends[name] = (error) => { log.push(`${name} ends`); if (error) reject(error); else resolve(); }; });
  };
  return { log, ends, piece };
}

it("keeps so many pieces under way, and waits for room before it returns", async () => {
  const { log, ends, piece } = pieces(), underway = new Underway();
  await underway.begin(2, piece("a"));
  const second = underway.begin(2, piece("b")).then(() => { log.push("room"); });
  ends["b"]!();
  await second;
  const alone = underway.begin(1, piece("c")).then(() => { log.push("all ended"); });
  ends["a"]!();
  ends["c"]!();
  await alone;
  await underway.end();
  expect(log).toEqual(["a begins", "b begins", "b ends", "room", "c begins", "a ends", "c ends", "all ended"]);
});

it("throws what a piece has thrown, when the next is begun or in the end, others ended first", async () => {
  const { log, ends, piece } = pieces(), underway = new Underway();
  await underway.begin(3, piece("a"));
  await underway.begin(3, piece("b"));
  ends["a"]!(new Error("a failed"));
  await new Promise(setImmediate);
  await expect(underway.begin(3, piece("c"))).rejects.toThrow("a failed");
  const end = underway.end();
  ends["b"]!(new Error("b failed, too"));
  ends["c"]!();
  await expect(end).rejects.toThrow("a failed");
  expect(log.slice(-2)).toEqual(["b ends", "c ends"]);
});
