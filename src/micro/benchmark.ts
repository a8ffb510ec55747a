/** The micro world's CoBSAT: one fixed picture and caption for every pair, in the layout of the published data set. */
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { formatCsv } from "../cobsat/csv.ts";
import { captionsPath, pairPath } from "../cobsat/dataset.ts";
import { pairsOf, themes, type Pair } from "../cobsat/tasks.ts";
import { sha256 } from "../files/sha256.ts";
import { encodeJpeg } from "../images/encode.ts";
import { canonicalCaption } from "./language/canonical.ts";
import { drawScene, frameSize } from "./world/draw.ts";
import { rasterize } from "./world/rasterize.ts";
import { pairScene } from "./world/sample.ts";
import type { Scene } from "./world/scene.ts";

/** The one scene of a pair on the benchmark. */
export const benchmarkScene = ({ theme, detail, object }: Pair): Scene => pairScene(theme.detailSpace, detail, object as Scene["subject"]);

const identityFile = ".identity", jpegQuality = 100;

/** Draws the benchmark's 500 pictures and five caption files into a `datasets` folder, unless it holds those of the same drawings; a folder of other drawings is replaced. The folder appears whole. */
export async function ensureBenchmark(folder: string): Promise<void> {
  const pictures = themes.flatMap(pairsOf).map((pair) => ({ path: pairPath(pair), svg: drawScene(benchmarkScene(pair)) }));
  const tables = themes.map((theme) => ({
    path: captionsPath(theme),
    text: formatCsv([["image", "caption"], ...pairsOf(theme).map((pair) => [`${pair.detail}_${pair.object}.jpg`, canonicalCaption(benchmarkScene(pair))])]),
  }));
  const identity = sha256(JSON.stringify([pictures, tables, jpegQuality])), stamp = join(folder, identityFile);
  const present = (): boolean => existsSync(stamp) && readFileSync(stamp, "utf8") === identity;
  if (present()) return;
  const unfinished = `${folder}.${process.pid}.tmp`;
  for (const path of new Set([...pictures, ...tables].map((file) => dirname(join(unfinished, file.path))))) mkdirSync(path, { recursive: true });
  await Promise.all(pictures.map(async ({ path, svg }) => {
    const data = await rasterize(svg);
    writeFileSync(join(unfinished, path), await encodeJpeg({ width: frameSize, height: frameSize, data }, jpegQuality));
  }));
  for (const { path, text } of tables) writeFileSync(join(unfinished, path), text);
  writeFileSync(join(unfinished, identityFile), identity);
  try {
    if (!present()) rmSync(folder, { recursive: true, force: true });
    renameSync(unfinished, folder);
  } catch (error) {
    if (!present()) throw error;  // another process was quicker
  } finally {
    rmSync(unfinished, { recursive: true, force: true });
  }
}
