import { appendFileSync, cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it, vi } from "vitest";
import { datasetFiles } from "../../../src/cobsat/dataset.ts";
import { sha256 } from "../../../src/files/sha256.ts";
import { readyDataset } from "../../../src/harness/benchCobsat/benchCobsat.ts";
import { datasetHash } from "../../../src/harness/benchCobsat/identity.ts";
import { microProfile } from "../../../src/harness/profile.ts";
import { ensureBenchmark } from "../../../src/micro/benchmark.ts";

const datasets = ".cache/micro/cobsat/datasets", folder = mkdtempSync(join(tmpdir(), "data-set-"));
beforeAll(async () => {
  await ensureBenchmark(datasets);
  cpSync(datasets, folder, { recursive: true });
});
afterAll(() => rmSync(folder, { recursive: true }));

it("is hashed by its own files, all of them in the order of their names, whatever lies beside them, which is told once by name", async () => {
  const clean = datasetHash(folder), there = readdirSync(folder, { recursive: true, encoding: "utf8" }).map((name) => name.replaceAll("\\", "/")).filter((name) => /\.(jpg|csv)$/.test(name)).sort();
  expect(there).toEqual(datasetFiles);
  expect(clean).toBe(sha256(there.map((name) => `${name}\0${sha256(readFileSync(join(folder, name)))}\n`).join("")));

  for (const name of ["Thumbs.db", "color_car/red_car copy.jpg"]) writeFileSync(join(folder, name), "");
  expect(datasetHash(folder)).toBe(clean);
  let told = "";
  const stderr = vi.spyOn(process.stderr, "write").mockImplementation((text) => Boolean((told += text)));
  await readyDataset({ ...microProfile, dataset: { folder } });
  stderr.mockRestore();
  expect(told).toBe(`${folder}: 2 files are none of CoBSAT's and not used:\n  Thumbs.db\n  color_car/red_car copy.jpg\n`);

  appendFileSync(join(folder, "color_car/red_car.jpg"), " ");
  expect(datasetHash(folder)).not.toBe(clean);
});
