import { readFileSync } from "node:fs";
import { WeightScope } from "../../src/models/weights.ts";
import { compareManifest } from "../../src/weights/manifest.ts";

interface Published { readonly parameters: number; readonly tensors: [string, number[]][]; readonly optional?: [string, number[]][] }

const read = (file: string): unknown => JSON.parse(readFileSync(file, "utf8"));

/** What tracing declares against a published model's manifest: differences in either direction, and both parameter counts. */
export function traceAgainstManifest(model: string, trace: (weights: WeightScope, configJson: unknown) => void) {
  const weights = new WeightScope(), published = read(`test/oracle/manifests/${model}.json`) as Published;
  trace(weights, read(`assets/paper/${model}.json`));
  const declared = weights.manifest(), found = published.tensors.map(([name, shape]) => ({ name, shape }));
  return {
    differences: compareManifest(declared, found, (published.optional ?? []).map(([name]) => name)).lines,
    parameters: declared.reduce((total, { shape }) => total + shape.reduce((a, b) => a * b, 1), 0),
    published: published.parameters,
  };
}
