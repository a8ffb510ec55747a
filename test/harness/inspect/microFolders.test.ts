import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { inspect } from "../../../src/harness/inspect/inspect.ts";
import { usualWeights } from "../../../src/weights/checkpoint.ts";

const folders = readdirSync("assets/micro").map((name) => join("assets/micro", name)).filter((folder) => usualWeights(readdirSync(folder)) !== undefined);

it("every model of the micro profile is looked at", () => {
  expect(folders.map((folder) => folder.slice("assets/micro/".length))).toEqual(expect.arrayContaining(["clip", "eva-vit", "flux", "judge", "llava", "lvlm", "t5", "vae"]));
});

/** What scripts/from_pretrained.py asks of transformers and diffusers, asked of our own models. */
it.each(folders)("%s holds the tensors that its config.json asks for, and no others", (folder) => {
  const { model, tensors, comparisons } = inspect(folder);
  expect(model).toBeDefined();
  expect(comparisons.map(({ difference }) => difference.lines)).toEqual([[]]);
  expect(tensors.every(({ dtype }) => ["F16", "BF16", "F32"].includes(dtype!))).toBe(true);
  expect(existsSync(join(folder, "README.md"))).toBe(true);
});
