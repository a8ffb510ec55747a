import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, expect, it, vi } from "vitest";
import { main } from "../../src/cli/main.ts";

const root = mkdtempSync(join(tmpdir(), "pretrain-cli-")), home = process.cwd();
afterEach(() => {
  process.chdir(home);
  vi.restoreAllMocks();
});
afterAll(() => rmSync(root, { recursive: true }));

it("names in one line the weights that a model is made from and that are missing", async () => {
  let stderr = "";
  vi.spyOn(process.stderr, "write").mockImplementation((text) => Boolean((stderr += text)));
  mkdirSync(join(root, "assets/micro/vae"), { recursive: true });
  writeFileSync(join(root, "assets/micro/vae/diffusion_pytorch_model.safetensors"), "");
  process.chdir(root);
  expect(await main(["pretrain", "flux"])).toBe(1);
  expect(stderr).toBe("flux is made from the weights of t5, vae, clip; missing: assets/micro/t5/model.safetensors, assets/micro/clip/model.safetensors; make them first, or everything with npm run pretrain -- all\n");
});
