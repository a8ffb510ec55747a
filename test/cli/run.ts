import { spawn } from "node:child_process";

export interface Finished { readonly code: number | null; readonly stdout: string; readonly stderr: string }

/** Runs a command line as a process of its own; `onStderr` sees stderr as it grows and may send signals. */
export function runCli(args: readonly string[], onStderr?: (text: string, signal: (name: NodeJS.Signals) => void) => void): Promise<Finished> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, ["--import", "tsx", "src/cli.ts", ...args], { stdio: ["ignore", "pipe", "pipe"] });
    let stdout = "", stderr = "";
    child.stdout.on("data", (piece) => (stdout += piece));
    child.stderr.on("data", (piece) => {
      stderr += piece;
      onStderr?.(stderr, (name) => child.kill(name));
    });
    child.on("error", reject);
    child.on("close", (code) => resolve({ code, stdout, stderr }));
  });
}
