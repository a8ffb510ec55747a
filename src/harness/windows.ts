/** Models too large to be loaded together take turns within a window of blocks, so that each is loaded once a window. What one makes for another waits in the host's memory. */
import type { Profile } from "./profile.ts";

/** Neighbours in groups of at most `most` together; one that is larger is alone. */
export function neighbours<T>(items: readonly T[], sizeOf: (item: T) => number, most: number): T[][] {
  const groups: T[][] = [];
  let room = 0;
  for (const item of items) {
    const size = sizeOf(item);
    if (groups.length === 0 || size > room) {
      groups.push([]);
      room = most;
    }
    groups.at(-1)!.push(item);
    room -= size;
  }
  return groups;
}

/** The windows that blocks are drawn in, on which no sample depends; where all models are loaded together, each block is one. */
export const windowsOf = <T>({ oneModelAtATime }: Pick<Profile, "oneModelAtATime">, blocks: readonly T[], bytesOf: (block: T) => number): T[][] =>
  (oneModelAtATime ? neighbours(blocks, bytesOf, oneModelAtATime.waiting) : blocks.map((block) => [block]));
