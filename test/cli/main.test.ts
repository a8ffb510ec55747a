import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { main } from "../../src/cli/main.ts";
import { writeSafetensors } from "../../src/weights/safetensorsWriter.ts";
import { runCli } from "./run.ts";

/** Every npm script that is a command of src/cli.ts. */
const scripts = Object.entries((JSON.parse(readFileSync("package.json", "utf8")) as { scripts: Record<string, string> }).scripts).filter(([, line]) => line.includes("src/cli.ts")).map(([name]) => name);

let stdout = "", stderr = "";
beforeEach(() => {
  stdout = stderr = "";
  vi.spyOn(process.stdout, "write").mockImplementation((text) => Boolean((stdout += text)));
  vi.spyOn(process.stderr, "write").mockImplementation((text) => Boolean((stderr += text)));
  vi.spyOn(console, "log").mockImplementation((text) => void (stdout += text));
});
afterEach(() => void vi.restoreAllMocks());

describe("wrong usage is one line that lists what is known, and 2", () => {
  it.each([
    [[], "expected one of bench:cobsat, bench:compose, ablate, train"],
    [["nope"], "unknown argument: nope; known are bench:cobsat, bench:compose, ablate, train"],
    [["cobsat"], "cobsat: expected prompts or judge or export"],
    [["cobsat", "nope"], "known are prompts, judge, export"],
    [["parity"], "parity <pack..>: "],
    [["verify", "x", "--nope"], "unknown argument: nope; known are"],
    [["verify", "x", "y"], "unknown argument: y"],
    [["cobsat", "export", "x"], "export <run>: "],
    [["cobsat", "judge", "x", "--tasks", "1-11"], 'known are 1-10 and Color-I, Color-II'],
    [["cobsat", "judge", "x", "--device", "tpu"], '--device: "tpu" is unknown; known are cpu, webgpu, cuda'],
    [["cobsat", "judge", "x", "--shots", "2,9"], '--shots: "9" is unknown; known are 1, 2, 3'],
    [["cobsat", "judge", "x", "--samples", "-1"], "--samples"],
    [["bench:cobsat", "--arms", "nope"], '--arms: "nope" is unknown; known are thinkdiff-lvlm'],
    [["bench:cobsat", "--stage", "nope"], '--stage: "nope" is unknown; known are features, train, generate, judge'],
    [["bench:cobsat", "--shard", "3/2"], '--shard: "3/2"'],
    [["ablate"], "ablate <names..>: "],
    [["ablate", "no-rmsnorm", "nope"], 'ablation "nope" is not known; known are no-rmsnorm, default-init, no-masking, input-tokens'],
    [["ablate", "all", "--seeds", "0"], '--seeds: "0" is not a whole number from 1'],
    [["compare", "x"], "compare <first> <second>: "],
    [["train", "nope"], "known are lvlm"],
    [["plan", "--bench", "compose", "--shots", "2"], "--shots: bench:compose has no such option"],
    [["plan", "--cases", "x"], "--cases: bench:cobsat has no such option"],
    [["compose", "--image", "a.png", "--out", "b.png", "--nope"], "--steps, --n, --guidance"],
    [["plan", "--bench", "compose", "--seeds", "3"], "--seeds: bench:compose has no such option"],
    [["bench:cobsat", "--seeds", "0"], '--seeds: "0" is not a whole number from 1'],
    [["pretrain", "nope"], "known are t5, "],
  ])("%j", async (args, words) => {
    expect(await main(args)).toBe(2);
    expect(stderr).toContain(words);
    expect(stderr.trimEnd().split("\n")).toHaveLength(1);
    expect(stdout).toBe("");
  });
});

describe("help", () => {
  it.each([[["--help"]], [["cobsat", "--help"]], [["cobsat", "prompts", "--help"]], [["cobsat", "judge", "--help"]], [["cobsat", "export", "--help"]], ...scripts.map((name) => [[name, "--help"]])])("%j answers and gives 0", async (args) => {
    expect(await main(args)).toBe(0);
    expect(stdout).toContain("--help");
    expect(stderr).toBe("");
  });
});

describe("what fails gives 1 and one line", () => {
  it.each([
    [["verify", "no/such/folder"], "no/such/folder"],
    [["compare", "no/such/folder", "no/other"], "no/such/folder"],
    [["inspect", "no/such/file"], "no/such/file"],
    [["parity", "no/such/pack"], "no whole reference pack"],
    [["cobsat", "export", "no/such/run", "--out", "no/such/folder"], "no/such/run is not a run folder"],
    [["cobsat", "judge", "no/such/results"], "no/such/results: no such folder"],
    [["cobsat", "judge", "test/oracle/random"], "test/oracle/random: no images to judge"],
  ])("%j", async (args, words) => {
    expect(await main(args)).toBe(1);
    expect(stderr).toContain(words);
    expect(stderr).not.toMatch(/\n {4}at /);
  });

  it("shows a stack with --debug only", async () => {
    expect(await main(["inspect", "no/such/file", "--debug"])).toBe(1);
    expect(stderr).toMatch(/\n {4}at /);
  });
});

describe("commands", () => {
  it("prints the official prompts as a JSON array", async () => {
    expect(await main(["cobsat", "prompts"])).toBe(0);
    const list = JSON.parse(stdout) as { x_list: number[]; theta_list: number[] }[];
    expect(list).toHaveLength(1000);
    expect(list[0]).toEqual({ x_list: [8, 7, 5, 9, 2, 3, 6, 1, 4, 0], theta_list: [7, 6, 3, 4, 1, 0, 2, 5, 9, 8] });
  });

  it("prints a line per compared output, or the summary alone with --json", async () => {
    expect(await main(["parity", "test/oracle/statistics", "test/oracle/pth-checkpoint"])).toBe(0);
    expect(stdout).toMatch(/^test\/oracle\/statistics: wilson_95\S*: error \S+, tolerance \S+: ok$/m);
    stdout = "";
    expect(await main(["parity", "test/oracle/statistics", "--json"])).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ failed: 0, packs: [{ pack: "test/oracle/statistics" }] });
  });

  it("compares a checkpoint with its model", async () => {
    expect(await main(["inspect", "test/oracle/t5"])).toBe(0);
    expect(stdout).toMatch(/^lm_head\.weight \[53, 24\] F32 bytes 112512-117600$/m);
    expect(stdout).toContain("t5 against the model t5: same names and shapes");
  });

  it("shows names that would steer the terminal as codes, and as themselves in JSON", async () => {
    const folder = mkdtempSync(join(tmpdir(), "inspect-")), file = join(folder, "x.safetensors"), name = "\u001b[2Jw\r\u009b";
    writeSafetensors(file, new Map([[name, { dtype: "F32", shape: [1], data: new Float32Array(1) }]]));
    try {
      expect(await main(["inspect", file])).toBe(0);
      expect(stdout).toMatch(/^\\x1b\[2Jw\\x0d\\x9b \[1\] F32/);
      stdout = "";
      expect(await main(["inspect", file, "--json"])).toBe(0);
      expect(stdout).toMatch(/^[ -~\n]*$/);
      expect(JSON.parse(stdout)).toMatchObject({ tensors: [{ name }] });
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

describe("Ctrl-C", () => {
  it("ends a command that cannot stop half-way at once, with 130", async () => {
    const exit = vi.spyOn(process, "exit").mockImplementation((() => undefined) as never);
    const running = main(["parity", "test/oracle/statistics"]);
    process.emit("SIGINT");
    expect(exit).toHaveBeenCalledExactlyOnceWith(130);
    await running;
  });
});

describe("as a process", () => {
  it("ends with the exit code of the command and keeps stdout for the summary", async () => {
    const { code, stdout, stderr } = await runCli(["parity", "test/oracle/random", "no/such/pack", "--json"]);
    expect(code).toBe(1);
    expect((JSON.parse(stdout) as { failed: number }).failed).toBe(0);
    expect(stderr).toContain("no/such/pack");
  });
});
