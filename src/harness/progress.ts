/** Progress with time left on stderr; nothing where stderr is no terminal. */
import { printable } from "../files/userError.ts";
import { duration } from "./duration.ts";

/** Where progress is drawn: process.stderr, or a stand-in. */
export interface ProgressStream {
  readonly isTTY?: boolean | undefined;
  readonly columns?: number | undefined;
  write(text: string): unknown;
}

export interface ProgressOptions {
  readonly stream?: ProgressStream;
  /** Milliseconds, for tests. */
  readonly now?: () => number;
  /** Units finished in earlier sittings: they count as done, not as speed. */
  readonly alreadyDone?: number;
}

/** What one piece of work reports to. */
export interface Progress {
  /** Raises what is done to `done` units; lower or larger than the total is drawn as the highest seen or the total. */
  at(done: number): void;
  /** Raises what is done by `units` (1). */
  add(units?: number): void;
  /** Ends the line. */
  finish(): void;
}

/** Lists faults under a heading on stderr, the first ten in full, control characters as their codes. */
export function notice(heading: string, faults: readonly string[], stream: ProgressStream = process.stderr): void {
  const shown = faults.slice(0, 10), more = faults.length - shown.length;
  stream.write(printable(`${heading}:\n${[...shown, ...(more > 0 ? [`and ${more} more`] : [])].map((line) => `  ${line}\n`).join("")}`));
}

const barWidth = 24, betweenDraws = 100;

/** Starts a progress line for `total` units of work under a label. */
export function startProgress(label: string, total: number, { stream = process.stderr, now = Date.now, alreadyDone = 0 }: ProgressOptions = {}): Progress {
  const began = now();
  let done = Math.min(alreadyDone, total), drawn = -Infinity, finished = false;

  const line = (): string => {
    const share = total > 0 ? done / total : 1, seconds = (now() - began) / 1000, fresh = done - alreadyDone;
    const bar = "█".repeat(Math.floor(share * barWidth)).padEnd(barWidth, "░");
    const time = done >= total ? duration(seconds) : fresh > 0 ? `${duration((seconds / fresh) * (total - done))} left` : "";
    return `${printable(label)} ${bar} ${done}/${total} ${time}`.slice(0, (stream.columns ?? 80) - 1);
  };
  const draw = (force: boolean): void => {
    if (!stream.isTTY || finished || (!force && now() - drawn < betweenDraws)) return;
    drawn = now();
    stream.write(`\r\u001b[2K${line()}`);
  };
  const at = (next: number): void => {
    done = Math.min(total, Math.max(done, next));
    draw(done === total);
  };
  draw(true);
  return {
    at,
    add: (units = 1) => at(done + units),
    finish: () => {
      draw(true);
      if (stream.isTTY && !finished) stream.write("\n");
      finished = true;
    },
  };
}
