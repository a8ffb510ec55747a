import { ESLint } from "eslint";
import { readdirSync } from "node:fs";
import { beforeAll, describe, expect, it, test } from "vitest";
import { importFault } from "../../lint/dependencyRule.js";
import { layers } from "../../lint/layers.js";

test("every folder of src/ has a layer", () => {
  const known = layers.flat();
  expect(readdirSync("src").filter((name) => !name.startsWith(".") && !known.includes(name))).toEqual([]);
});

describe("importFault", () => {
  it.each([
    ["src/models/t5/t5.ts", "../../training/trainer.ts", "src/models may not import src/training"],
    ["src/graph/dims.ts", "../ops/index.ts", "src/graph may not import src/ops"],
    ["src/text/chat.ts", "../images/image.ts", "src/text may not import src/images"],
    ["src/harness/verify.ts", "../cli.ts", "src/harness may not import src/cli.ts"],
    ["src/files/read.ts", "../../test/x.ts", "lies outside it"],
    ["src/harness/verify.ts", "../elsewhere/x.ts", "src/elsewhere has no layer"],
    ["src/models/clip/clip.ts", "onnxruntime-node", "src/onnx/ only"],
    ["src/harness/verify.ts", "sharp", "src/images/"],
    ["src/cobsat/tasks.ts", "@huggingface/tokenizers", "src/text/ only"],
    ["src/harness/verify.ts", "yargs/helpers", "src/cli/"],
  ])("%s importing %s is refused", (file, specifier, words) => {
    expect(importFault(file, specifier)).toContain(words);
  });

  it.each([
    ["src/models/t5/t5.ts", "../../ops/index.ts"],
    ["src/models/t5/t5.ts", "../layers/linear.ts"],
    ["src/cli.ts", "./cli/main.ts"],
    ["src/onnx/ortExecutor.ts", "onnxruntime-node"],
    ["src/micro/world/rasterize.ts", "sharp"],
    ["src/harness/verify.ts", "node:fs"],
    ["test/lint/layers.test.ts", "../../src/cli.ts"],
  ])("%s importing %s is allowed", (file, specifier) => {
    expect(importFault(file, specifier)).toBeUndefined();
  });
});

describe("the linter", () => {
  const eslint = new ESLint();
  const faults = async (code: string, filePath: string): Promise<(string | null)[]> => (await eslint.lintText(code, { filePath }))[0]!.messages.map(({ ruleId }) => ruleId);
  beforeAll(() => faults("export {};\n", "src/graph/new.ts"), 60_000);

  it.each(['import "../ops/index.ts";', 'export * from "../ops/index.ts";', 'export { add } from "../ops/index.ts";', 'export const ops = import("../ops/index.ts");',
    'export type Add = typeof import("../ops/index.ts");'])("refuses %s in src/graph", async (code) => {
    expect(await faults(`${code}\n`, "src/graph/new.ts")).toContain("project/layers");
  });

  it("lets the same import pass higher up", async () => {
    expect(await faults('export { add } from "../ops/index.ts";\n', "src/models/new.ts")).toEqual([]);
  });
});
