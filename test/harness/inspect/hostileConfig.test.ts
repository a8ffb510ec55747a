import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { UserError } from "../../../src/files/userError.ts";
import { inspect } from "../../../src/harness/inspect/inspect.ts";

const folder = mkdtempSync(join(tmpdir(), "config-")), file = join(folder, "config.json");
afterAll(() => rmSync(folder, { recursive: true }));

/** A reference pack's config.json with the setting at a dotted path replaced. */
function withSetting(pack: string, path: string, value: unknown): string {
  const config = JSON.parse(readFileSync(`test/oracle/${pack}/config.json`, "utf8")) as Record<string, unknown>, keys = path.split(".");
  const at = keys.slice(0, -1).reduce<Record<string, unknown>>((inner, key) => inner[key] as Record<string, unknown>, config);
  at[keys.at(-1)!] = value;
  return JSON.stringify(config);
}

it.each<[string, string, string, unknown]>([
  ["a billion blocks", "t5", "num_layers", 1e9],
  ["no blocks", "t5", "num_layers", 0],
  ["negative heads", "t5", "num_heads", -2],
  ["half a width", "t5", "d_model", 24.5],
  ["a width as text", "t5", "d_model", "24"],
  ["a table of distances that fills the memory", "t5", "relative_attention_max_distance", 1e12],
  ["a billion blocks", "qwen2-vl", "num_hidden_layers", 1e9],
  ["no heads", "qwen2-vl", "num_attention_heads", 0],
  ["a patch larger than any picture", "qwen2-vl", "vision_config.patch_size", 1e9],
  ["a billion tower blocks", "qwen2-vl", "vision_config.depth", 1e9],
  ["a billion blocks", "flux-transformer", "num_layers", 1e9],
  ["a billion single blocks", "flux-transformer", "num_single_layers", 1e9],
  ["negative rotary axes", "flux-transformer", "axes_dims_rope", [-2, 4, 8]],
  ["a thousand resolutions", "autoencoder-kl", "block_out_channels", new Array<number>(1000).fill(32)],
  ["a billion layers a block", "autoencoder-kl", "layers_per_block", 1e9],
  ["no groups", "autoencoder-kl", "norm_num_groups", 0],
  ["a picture of a million pixels a side", "clip", "vision_config.image_size", 1e6],
  ["a billion text blocks", "clip", "text_config.num_hidden_layers", 1e9],
  ["a list instead of a tower", "clip", "vision_config", []],
  ["a billion blocks", "eva-vit", "vision_config.num_hidden_layers", 1e9],
  ["a billion blocks", "llava", "text_config.num_hidden_layers", 1e9],
  ["a layer beyond the tower", "llava", "vision_feature_layer", 1e9],
])("a config.json with %s (%s, %s) is refused in one line naming the file and the setting", (_, pack, path, value) => {
  writeFileSync(file, withSetting(pack, path, value));
  const error = (() => { try { inspect(file); } catch (caught) { return caught as Error; } return undefined; })();
  expect(error).toBeInstanceOf(UserError);
  expect(error!.message).toMatch(/config\.json: [^\n]+$/);
  expect(error!.message).toContain(path.split(".").at(-1));
});

it.each([
  ["cut short", '{"model_type": "t5"', /config\.json: not JSON/],
  ["nothing", "", /not JSON/],
  ["null", "null", /names no model/],
  ["a list", "[]", /names no model/],
  ["nested ten thousand deep", `${"[".repeat(10_000)}${"]".repeat(10_000)}`, /names no model/],
  ["a model called like a method of objects", '{"model_type": "constructor"}', /names constructor; implemented are/],
  ["a prototype of its own", '{"__proto__": {"model_type": "t5"}}', /names no model/],
  ["a name that clears the screen", '{"model_type": "\\u001b[2Jt5"}', /names \\x1b\[2Jt5; implemented/],
])("a config.json that is %s is refused in one line", (_, text, message) => {
  writeFileSync(file, text);
  expect(() => inspect(file)).toThrow(message);
  expect(() => inspect(file)).not.toThrow(/\n/);
});
