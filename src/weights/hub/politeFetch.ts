import { askedWaitMs, isPassing, patiently } from "../../http/patiently.ts";

export interface Patience {
  /** Seconds to wait before each further attempt. */
  readonly waits: readonly number[];
  readonly signal?: AbortSignal | undefined;
}

/** Six attempts over about a minute. */
export const patient: Patience = { waits: [1, 2, 4, 15, 40] };

/** An answer that another attempt may better. */
class Passing extends Error {
  readonly response: Response;
  constructor(response: Response) {
    super();
    this.response = response;
  }
}

/** `fetch` that tries again where a connection fails or the server is busy or broken (408, 429, 5xx), as Retry-After says or `waits` do; the last answer is given as it is. */
export function politeFetch({ waits, signal }: Patience = patient, token?: { readonly value: string; readonly origin: string }): typeof fetch {
  return async (input, init) => {
    const url = String(input instanceof Request ? input.url : input), headers = new Headers(init?.headers);
    if (token !== undefined && new URL(url).origin === token.origin) headers.set("Authorization", `Bearer ${token.value}`);
    try {
      return await patiently(async () => {
        const response = await fetch(input, { ...init, headers, ...(signal ? { signal } : {}) });
        if (isPassing(response.status)) throw new Passing(response);
        return response;
      }, { waitsMs: waits.map((seconds) => 1000 * seconds), signal }, async (error) => {
        if (!(error instanceof Passing)) return {};
        await error.response.body?.cancel();
        return { waitMs: askedWaitMs(error.response) };
      });
    } catch (error) {
      if (error instanceof Passing) return error.response;
      throw error;
    }
  };
}
