import { mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, it, vi } from "vitest";
import { declarationOf } from "../../../src/harness/inspect/architectures.ts";
import { paperModels, publishedPlace, type PublishedModel } from "../../../src/harness/profiles/paperModels.ts";

const models = Object.entries<PublishedModel>(paperModels);

describe("the paper profile's models", () => {
  it.each(models.filter(([, { weights }]) => weights))("%s has a configuration that an implemented model traces", (_, { weights }) => {
    const { tensors, part } = declarationOf(JSON.parse(readFileSync(weights!.config, "utf8")), weights!.config);
    expect(tensors.length).toBeGreaterThan(100);
    expect(part).toBe(weights!.part);
  });

  it("never takes one folder of a repository twice", () => {
    const places = models.map(([, { repo, folder }]) => `${repo}/${folder}`);
    expect(new Set(places).size).toBe(places.length);
  });
});

describe("publishedPlace", () => {
  afterEach(() => vi.unstubAllEnvs());

  it("finds folder and tokenizer in HF_HOME, and says how to get what is missing", () => {
    const home = mkdtempSync(join(tmpdir(), "hf-home-")), commit = "1".repeat(40), model = { ...paperModels["t5-text"], revision: commit };
    const snapshot = join(home, "hub/models--black-forest-labs--FLUX.1-dev/snapshots", commit);
    vi.stubEnv("HF_HOME", home);
    mkdirSync(join(snapshot, "text_encoder_2"), { recursive: true });
    expect(publishedPlace(model)).toEqual({ folder: join(snapshot, "text_encoder_2") });
    expect(publishedPlace(model, "tokenizer").missing).toBe(`black-forest-labs/FLUX.1-dev, folder tokenizer_2: not in Hugging Face's cache ${home}/hub; run \`npm run fetch -- paper\`, or set HF_HOME to the folder that has it`);
    rmSync(home, { recursive: true });
  });
});
