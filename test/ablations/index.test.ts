import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { expect, test } from "vitest";
import { bridgeOf, fluxNoiseOf } from "../../src/ablations/flux-noise.ts";
import { scaledArm } from "../../src/ablations/norm-scale.ts";
import { ablationGroups, ablationsIn, ablationHelp, ablations, ablationsNamed, baseline, experiments } from "../../src/ablations/index.ts";

/** What an experiment changes, its name and summary aside. */
const changes = (name: string): Record<string, unknown> =>
  Object.fromEntries(Object.entries(experiments.get(name)!).filter(([key, value]) => !["name", "summary", "question"].includes(key) && value !== (baseline as unknown as Record<string, unknown>)[key]));

test("an ablation changes what it says and nothing else", () => {
  expect(Object.fromEntries([...experiments.keys()].filter((name) => !/@|-rate$/.test(name)).map((name) => [name, changes(name)]))).toEqual({
    "thinkdiff-lvlm": {},
    "no-rmsnorm": { norm: "none" },
    "default-init": { norm: "ones" },
    "no-masking": { split: "none" },
    "input-tokens": { features: "prompt", split: "none" },
    "input-tokens-split": { features: "prompt" },
    "literal-masking": { split: "random-subset" },
    "linear-aligner": { depth: 1 },
    "deep-aligner": { depth: 4 },
    "wide-aligner": { widening: 4 },
    "layer-quarter": { layer: 0.25 },
    "layer-half": { layer: 0.5 },
    "layer-three-quarters": { layer: 0.75 },
    "encoder-states": { objective: "encoder-states", split: "none" },
    "diffusion-loss": { objective: "diffusion", split: "none" },
    "fine-tuned-t5": { teacher: "fine-tuned" },
    "flux-noise-0": { fluxNoise: 0 },
    "flux-noise-0.5": { fluxNoise: 0.5 },
    "flux-noise-1": { fluxNoise: 1 },
    "flux-noise-1.5": { fluxNoise: 1.5 },
    "untrained-aligner": { steps: 0 },
  });
});

test("an ablation is a file: one more is found, behind those that have a place, and what exports none is none", async () => {
  const folder = mkdtempSync(join(tmpdir(), "ablations-"));
  writeFileSync(join(folder, "a-new-one.ts"), 'export default { name: "a-new-one" };\n');
  writeFileSync(join(folder, "rate-sweep.ts"), 'export default [{ name: "one" }, { name: "two" }];\n');
  writeFileSync(join(folder, "helper.ts"), "export const helper = 1;\n");
  expect([...await ablationsIn(pathToFileURL(`${folder}/`))].map(([file, own]) => [file, own.map(({ name }) => name)])).toEqual([["rate-sweep", ["one", "two"]], ["a-new-one", ["a-new-one"]]]);
  rmSync(folder, { recursive: true });
});

test("every file's experiments are registered: one under the file's name, a family under the file's as a group's", async () => {
  const byFile = await ablationsIn(new URL("../../src/ablations/", import.meta.url));
  expect([...byFile.values()].flat()).toEqual(ablations);
  for (const [file, own] of byFile) expect(own.length === 1 ? [own[0]!.name] : Object.keys(ablationGroups)).toContain(file);
  expect(new Set(experiments.keys())).toEqual(new Set([baseline.name, ...ablations.map(({ name }) => name), "untrained-aligner"]));
});

test("a scale of the norm, or a learning rate, changes nothing else", () => {
  expect(changes("no-rmsnorm@8")).toEqual({ norm: "none", normScale: 8 });
  expect(changes("thinkdiff-lvlm@0.125")).toEqual({ normScale: 0.125 });
  expect(changes("default-init-triple-rate")).toEqual({ norm: "ones", rate: 3 });
  expect([scaledArm("no-rmsnorm@8"), scaledArm("no-rmsnorm"), scaledArm("a@b")]).toEqual([{ arm: "no-rmsnorm", scale: 8 }, { arm: "no-rmsnorm", scale: 1 }, { arm: "a@b", scale: 1 }]);
});

test("a diffusion loss reaches one aligner alone, and never the baseline's", () => {
  expect([...experiments.values()].filter(({ objective }) => objective === "diffusion").map(({ name }) => name)).toEqual(["diffusion-loss"]);
  expect(baseline.objective ?? "decoder").toBe("decoder");
});

test("an arm's name says which copy of FLUX draws it", () => {
  expect([fluxNoiseOf("flux-noise-0.5"), fluxNoiseOf(bridgeOf("flux-noise-0")), fluxNoiseOf("thinkdiff-lvlm")]).toEqual([{ amount: 0.5, bridge: false }, { amount: 0, bridge: true }, undefined]);
});

test("names and groups are found; an unknown one lists those known", () => {
  expect(ablationsNamed("rmsnorm").map((e) => e.name)).toEqual(["no-rmsnorm", "default-init"]);
  expect(ablationsNamed("all").map((e) => e.name)).toEqual(["no-rmsnorm", "default-init", "no-masking", "input-tokens", "input-tokens-split"]);
  expect(ablationsNamed("extras").map((e) => e.name).sort()).toEqual(ablations.map((e) => e.name).sort());
  for (const e of ablations) expect(ablationsNamed(e.name)[0]).toBe(e);
  for (const group of Object.keys(ablationGroups)) expect(new Set(ablationsNamed(group)).size).toBe(ablationsNamed(group).length);
  expect(ablationsNamed("input-tokens").map((e) => e.name)).toEqual(["input-tokens", "input-tokens-split"]);
  expect(() => ablationsNamed("nonsense")).toThrow(/nonsense.*no-rmsnorm.*input-tokens.*rmsnorm, all, .*extras/);
  expect(ablationHelp().split("\n")).toHaveLength(ablations.length + Object.keys(ablationGroups).length);
});
