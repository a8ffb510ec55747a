/** JSON with every object's keys sorted, so that equal values give equal text. */
export const stableJson = (value: unknown): string =>
  JSON.stringify(value, (_, x: unknown) => (typeof x === "object" && x !== null && !Array.isArray(x) ? Object.fromEntries(Object.entries(x).sort(([a], [b]) => (a < b ? -1 : 1))) : x));
