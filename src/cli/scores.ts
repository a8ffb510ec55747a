/** What commands that score arms have in common: the arguments a run records, and its summary in words. */
import type { BenchCobsatResult } from "../harness/benchCobsat/benchCobsat.ts";
import type { BenchComposeResult } from "../harness/benchCompose/benchCompose.ts";
import type { Confirmation, Prices } from "../harness/benchCobsat/costs.ts";
import { reportFile } from "../harness/report/render.ts";
import { print, printJson, tell } from "./command.ts";
import { askPerson } from "./confirm.ts";

type Recorded = string | number | boolean;

/** The options that were given, as run.json keeps them; what is absent, false or empty is left out. */
export function givenArguments(asked: Readonly<Record<string, Recorded | readonly Recorded[] | { readonly index: number; readonly count: number } | undefined>>): Record<string, Recorded> {
  return Object.fromEntries(Object.entries(asked).flatMap(([name, value]): [string, Recorded][] => {
    if (value === undefined || value === false) return [];
    if (typeof value !== "object") return [[name, value]];
    return [[name, "index" in value ? `${value.index}/${value.count}` : value.join()]];
  }));
}

/** What servers may be paid, and who confirms it: the person at the terminal, where one sits there. */
export const paid = ({ pricePerImage, pricePerQuestion, yes }: { readonly pricePerImage?: number | undefined; readonly pricePerQuestion: number | undefined; readonly yes: boolean }): Confirmation & { readonly prices: Prices } =>
  ({ prices: { image: pricePerImage, question: pricePerQuestion }, yes, ...(process.stdin.isTTY ? { confirm: askPerson } : {}) });

const percent = (x: number): string => (100 * x).toFixed(1);

/** Prints a scored run's rates, or its whole summary as JSON, and returns its exit code. */
export function printScores({ exitCode, folder, summary }: BenchCobsatResult | BenchComposeResult, json: boolean): number {
  if (json) printJson(summary);
  else {
    const rows = summary.kind === "compose" ? summary.cells.map((cell) => ({ ...cell, at: cell.task })) : summary.averages.map((average) => ({ ...average, at: `${average.shots} shots` }));
    for (const { arm, at, n, accuracy, ci95: [low, high], invalid } of rows) print(`${arm}, ${at}: ${percent(accuracy)} % [${percent(low)}, ${percent(high)}] of ${n} samples${invalid > 0 ? `, ${invalid} invalid` : ""}`);
    for (const { arm, task, n, images, text, frechet, invalid } of summary.kind === "compose" ? summary.measured ?? [] : []) {
      const cosines = [...images.map((mean, i) => [`image ${i + 1}`, mean] as const), ["text", text] as const].flatMap(([to, mean]) => (mean === null ? [] : [`${to} ${mean.mean.toFixed(3)}`]));
      print(`${arm}, ${task}: cosine to ${cosines.join(", ")}${frechet.distance === null ? "" : `, Fréchet distance to inputs ${frechet.distance.toFixed(4)}`}, of ${n} samples${invalid > 0 ? `, ${invalid} invalid` : ""}`);
    }
    print(reportFile(folder));
  }
  if (exitCode === 130) tell(`interrupted with ${summary.finished} of ${summary.planned} samples; the same command goes on from ${folder}`);
  return exitCode;
}
