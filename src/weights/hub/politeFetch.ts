import { setTimeout as sleep } from "node:timers/promises";

export interface Patience {
  /** Seconds to wait before each further attempt. */
  readonly waits: readonly number[];
  readonly signal?: AbortSignal | undefined;
}

/** Six attempts over about a minute. */
export const patient: Patience = { waits: [1, 2, 4, 15, 40] };

const longestWait = 120;

/** Seconds that a Retry-After header asks for, at most two minutes; undefined without one that can be read. */
function askedWait(response: Response): number | undefined {
  const seconds = Number(response.headers.get("retry-after") ?? NaN);
  return Number.isFinite(seconds) && seconds >= 0 ? Math.min(seconds, longestWait) : undefined;
}

/** `fetch` that tries again where a connection fails or the server is busy or broken (429, 5xx), as Retry-After says or `waits` do; the last answer is given as it is. */
export function politeFetch({ waits, signal }: Patience = patient, token?: { readonly value: string; readonly origin: string }): typeof fetch {
  return async (input, init) => {
    const url = String(input instanceof Request ? input.url : input), headers = new Headers(init?.headers);
    if (token !== undefined && new URL(url).origin === token.origin) headers.set("Authorization", `Bearer ${token.value}`);
    for (let attempt = 0; ; attempt++) {
      const wait = waits[attempt];
      let asked: number | undefined;
      try {
        const response = await fetch(input, { ...init, headers, ...(signal ? { signal } : {}) });
        if ((response.status !== 429 && response.status < 500) || wait === undefined) return response;
        asked = askedWait(response);
        await response.body?.cancel();
      } catch (error) {
        if (signal?.aborted || wait === undefined) throw error;
      }
      await sleep(1000 * (asked ?? wait), undefined, signal ? { signal } : {});
    }
  };
}
