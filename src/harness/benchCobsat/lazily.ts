/** Something that is made when first asked for and released in the end. */
export interface Lazy<T> {
  get(): Promise<T>;
  release(): Promise<void>;
}

/** Makes at most one, on demand. */
export function lazily<T extends { release(): Promise<void> }>(make: () => Promise<T>): Lazy<T> {
  let made: Promise<T> | undefined;
  return {
    get: () => (made ??= make()),
    async release() {
      const held = made;
      made = undefined;
      await (await held)?.release();
    },
  };
}
