/** A list of strings written as JSON; undefined where it is something else. */
export function stringList(json: string | undefined): string[] | undefined {
  try {
    const value: unknown = JSON.parse(json ?? "null");
    return Array.isArray(value) && value.every((item) => typeof item === "string") ? value : undefined;
  } catch {
    return undefined;
  }
}
