import { expect, test } from "vitest";
import { checkQwen2VLPack } from "../../../src/harness/parity/qwen2vl.ts";
import { ortExecutor } from "../../../src/onnx/ortExecutor.ts";

test("Qwen2-VL agrees with its reference pack", async () => {
  const rows = await checkQwen2VLPack("test/oracle/qwen2-vl", ortExecutor({ threads: 1 }));
  expect(rows.map((row) => row.name)).toEqual(expect.arrayContaining(["forward.out.logits", "forward_left_padded.out.layer.2", "preprocess_shrunk.out.pixel_values"]));
  expect(rows.length).toBeGreaterThan(30);
  expect(rows.filter((row) => !row.ok)).toEqual([]);
});
