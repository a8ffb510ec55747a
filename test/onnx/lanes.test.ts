import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { expect, test } from "vitest";
import { inLanes } from "../../src/graph/executor.ts";
import { floats, ints, type Tensor } from "../../src/graph/tensor.ts";
import { openLanes } from "../../src/onnx/lanes.ts";
import { ortExecutor } from "../../src/onnx/ortExecutor.ts";
import { add, gather, input, matmul, parameter, softmax } from "../../src/ops/index.ts";
import { Random } from "../../src/random/random.ts";

const normals = (shape: readonly number[], ...key: (string | number)[]): Tensor => floats(shape, new Random(...key).normals(shape.reduce((a, b) => a * b)));
const weight = normals([31, 31], "weight"), y = softmax(matmul(input("x", ["B", 31]), parameter("w", [31, 31])));
const executor = ortExecutor({ threads: 3 });

test("runs called together, more than there are lanes, give the bytes of a program without lanes", async () => {
  const [laned, plain] = [await executor.compile({ y }, () => weight, { together: true }), await executor.compile({ y }, () => weight)];
  expect([laned.lanes, plain.lanes]).toEqual([3, undefined]);
  const feeds = Array.from({ length: 8 }, (_, i) => ({ x: normals([i + 1, 31], i) })), together = await Promise.all(feeds.map((x) => laned.run(x)));
  for (const [i, x] of feeds.entries()) expect(together[i]).toEqual(await plain.run(x));
  await laned.release();
  await plain.release();
});

test("a view is read as it is, and what is fed stays the caller's", async () => {
  const program = await executor.compile({ y: add(input("x", [2]), 1) }, undefined, { together: true }), data = Float32Array.of(1, 2, 3, 4);
  expect([...(await program.run({ x: floats([2], data.subarray(1, 3)), unused: floats([1], [0]) })).y.data]).toEqual([3, 4]);
  expect([...data]).toEqual([1, 2, 3, 4]);
  await program.release();
});

test("there are no lanes for one thread, nor for large weights", async () => {
  const one = await ortExecutor({ threads: 1 }).compile({ y }, () => weight, { together: true }), size = (1 << 24) + 1;
  const large = await executor.compile({ y: add(parameter("w", [size]), input("x", [])) }, () => floats([size], new Float32Array(size)), { together: true });
  expect([one.lanes, large.lanes]).toEqual([undefined, undefined]);
  await one.release();
  await large.release();
});

test("lanes are four at most and share the threads", async () => {
  const program = await ortExecutor({ threads: 9 }).compile({ y }, () => weight, { together: true }), x = normals([3, 31], "x");
  expect(program.lanes).toBe(4);
  const plain = await executor.compile({ y }, () => weight);
  expect(await program.run({ x })).toEqual(await plain.run({ x }));
  await program.release();
  await plain.release();
});

test("a run that fails says why, and its lane goes on", async () => {
  const program = await executor.compile({ rows: gather(parameter("w", [31, 31]), input("ids", ["N"], "int32")) }, () => weight, { together: true }), rows = (...ids: number[]) => program.run({ ids: ints([ids.length], ids) });
  await expect(program.run({ ids: ints([1, 1], [0]) })).rejects.toThrow('input "ids" is [N], found [1, 1]');
  for (let i = 0; i < 4; i++) await expect(rows(31)).rejects.toThrow(/out of data bounds/);
  expect((await rows(30, 2)).rows.data.slice(31)).toEqual(weight.data.slice(62, 93));
  await program.release();
});

test("a model that cannot be opened is told, and a released program's runs are refused", async () => {
  await expect(openLanes("no such model.onnx", {}, 2)).rejects.toThrow(/no such model/);
  const program = await executor.compile({ y }, () => weight, { together: true });
  await program.release();
  await expect(program.run({ x: normals([1, 31], "x") })).rejects.toThrow("a thread that runs a model was ended");
});

test.each([["exit", 3, "", ""], ["error", 1, "", "something else failed"], ["release", 0, Array(3).fill("a thread that runs a model was ended").join("; "), ""]])("lanes at work bear %s", (how, code, printed, told) => {
  const { status, stdout, stderr } = spawnSync(process.execPath, ["--import", "tsx", join(import.meta.dirname, "lanes.child.ts"), how], { encoding: "utf8" });
  expect([status, stdout.trim()]).toEqual([code, printed]);
  expect(stderr).toContain(told);
  expect(stderr).not.toContain("terminate");
});

test("work in lanes keeps its order, and no more goes on at once than there are lanes", async () => {
  let going = 0, most = 0;
  const work = async (x: number): Promise<number> => {
    most = Math.max(most, ++going);
    await new Promise((resolve) => setTimeout(resolve, 5 - x));
    going--;
    return 10 * x;
  };
  expect(await inLanes({ lanes: 2 }, [1, 2, 3, 4], work)).toEqual([10, 20, 30, 40]);
  expect(most).toBe(2);
  most = 0;
  expect(await inLanes({}, [1, 2, 3], work)).toEqual([10, 20, 30]);
  expect(most).toBe(1);
});

test("after a failure no more work is begun in lanes, and what was begun ends before the failure is thrown", async () => {
  const begun: number[] = [], ended: number[] = [];
  const work = async (x: number): Promise<void> => {
    begun.push(x);
    await new Promise((resolve) => setTimeout(resolve, 2 * x));
    if (x === 1) throw new Error("the first one failed");
    ended.push(x);
  };
  await expect(inLanes({ lanes: 2 }, [1, 5, 3, 4], work)).rejects.toThrow("the first one failed");
  expect([begun, ended]).toEqual([[1, 5], [5]]);
});
