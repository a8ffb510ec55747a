/** What asking a server again is about: whether it may help, how long to wait, how often to try. */
import { setTimeout as sleep } from "node:timers/promises";

const longestWaitMs = 120_000;

/** Whether a status says that the server was slow, busy or broken, so that asking again may help. */
export const isPassing = (status: number): boolean => status === 408 || status === 429 || status >= 500;

/** Milliseconds that an answer's Retry-After asks for (seconds, or a date), at most two minutes; undefined without one that can be read. */
export function askedWaitMs({ headers }: Pick<Response, "headers">): number | undefined {
  const asked = headers.get("retry-after")?.trim() ?? "", ms = /^\d+(\.\d+)?$/.test(asked) ? Number(asked) * 1000 : /^[A-Z]/.test(asked) ? Date.parse(asked) - Date.now() : NaN;
  return Number.isNaN(ms) ? undefined : Math.min(Math.max(ms, 0), longestWaitMs);
}

export interface Attempts {
  /** Milliseconds to wait before each further attempt. */
  readonly waitsMs: readonly number[];
  readonly signal?: AbortSignal | undefined;
}

/**
 * What an attempt gives, made again while it throws and waits are left. `again` looks at what was thrown where a further attempt is left:
 * undefined where that would not help (it is thrown on), else the wait that was asked for, if any.
 */
export async function patiently<T>(attempt: () => Promise<T>, { waitsMs, signal }: Attempts, again: (error: unknown) => Promise<{ readonly waitMs?: number | undefined } | undefined>): Promise<T> {
  for (let n = 0; ; n++) {
    try {
      return await attempt();
    } catch (error) {
      const waitMs = waitsMs[n], further = waitMs === undefined || signal?.aborted ? undefined : await again(error);
      if (further === undefined) throw error;
      await sleep(further.waitMs ?? waitMs, undefined, signal ? { signal } : {});
    }
  }
}
