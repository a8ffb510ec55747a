/** The check of a data set folder before anything runs: every missing, corrupt and unexpected file by name. */
import { readdir } from "node:fs/promises";
import { join, relative } from "node:path";
import { UserError } from "../files/userError.ts";
import { decodeImage } from "../images/image.ts";
import { captionsPath, datasetFiles, pairPath, readCaptions } from "./dataset.ts";
import { pairsOf, themes as allThemes, type Theme } from "./tasks.ts";

/** Paths are relative to the data set folder, in order. */
export interface DatasetReport {
  readonly images: number;
  readonly missing: readonly string[];
  readonly corrupt: readonly { readonly file: string; readonly reason: string }[];
  /** Files that are neither a pair's image nor a theme's captions; names that begin with a dot are not looked at. */
  readonly unexpected: readonly string[];
}

/** Every file under a folder, relative and with forward slashes; none where there is no folder. */
async function filesUnder(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") throw new UserError(`${folder}: no such folder; expected CoBSAT's datasets folder (color_car/red_car.jpg ...)`);
    throw error;
  });
  const files = entries.filter((entry) => !entry.isDirectory()).map((entry) => relative(folder, join(entry.parentPath, entry.name)).replaceAll("\\", "/"));
  return files.filter((file) => !file.split("/").some((part) => part.startsWith("."))).sort();
}

/** Looks at every file of the themes in a `datasets` folder; images are decoded to their last pixel, a few at a time. */
export async function checkDataset(folder: string, { themes = allThemes, captions = true }: { themes?: readonly Theme[]; captions?: boolean } = {}): Promise<DatasetReport> {
  const present = await filesUnder(folder), there = new Set(present);
  const images = themes.flatMap((theme) => pairsOf(theme).map(pairPath)), tables = captions ? themes.map(captionsPath) : [];
  const known = new Set(datasetFiles);
  const reasons = new Map<string, string>();
  const attempt = (file: string, work: () => Promise<unknown>) => async (): Promise<void> => {
    await work().catch((error: unknown) => reasons.set(file, (error as Error).message));
  };
  const queue = [
    ...images.filter((file) => there.has(file)).map((file) => attempt(file, () => decodeImage(join(folder, file)))),
    ...themes.filter((theme) => captions && there.has(captionsPath(theme))).map((theme) => attempt(captionsPath(theme), () => readCaptions(folder, theme))),
  ].values();
  await Promise.all(Array.from({ length: 4 }, async () => {
    for (const work of queue) await work();
  }));
  return {
    images: images.length,
    missing: [...images, ...tables].filter((file) => !there.has(file)),
    corrupt: [...images, ...tables].filter((file) => reasons.has(file)).map((file) => ({ file, reason: reasons.get(file)! })),
    unexpected: present.filter((file) => !known.has(file)),
  };
}

/** A report's findings, one line per file; empty for a whole data set without additions. */
export const datasetFindings = ({ missing, corrupt, unexpected }: DatasetReport): string[] => [
  ...missing.map((file) => `missing: ${file}`),
  ...corrupt.map(({ file, reason }) => `corrupt: ${file} (${reason})`),
  ...unexpected.map((file) => `unexpected: ${file}`),
];

/** Checks a data set and throws, naming each file, where one is missing or corrupt; returns the report (its unexpected files do no harm). */
export async function requireDataset(folder: string, options?: Parameters<typeof checkDataset>[1]): Promise<DatasetReport> {
  const report = await checkDataset(folder, options), bad = report.missing.length + report.corrupt.length;
  if (bad > 0) throw new UserError([`${folder}: ${bad} files are missing or corrupt; restore them from CoBSAT's data set:`, ...datasetFindings(report).map((line) => `  ${line}`)].join("\n"));
  return report;
}
