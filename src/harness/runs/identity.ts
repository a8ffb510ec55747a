/** What makes a run the run it is: every byte and setting that decides a sample. How much of it was asked for is no part of it. */
import { z } from "zod";

/** A SHA-256 in lower-case hexadecimal. */
export const sha256Schema = z.string().regex(/^[0-9a-f]{64}$/, "expected a sha256 of 64 hexadecimal digits");

const hashes = z.record(z.string(), sha256Schema);

/** The identity in run.json. Hashes are by name; the name of a single file is its path from the project's root. */
export const identitySchema = z.strictObject({
  kind: z.enum(["cobsat", "ablation", "compose"]),
  profile: z.string(),
  seed: z.int(),
  device: z.string(),
  engine: z.string(),
  /** Of the source tree (sourceTreeHash); the one difference that a flag allows. */
  source: sha256Schema,
  weights: hashes,
  datasets: hashes,
  prompts: hashes,
  configs: hashes,
  /** What else decides a sample: sampler steps, guidance, the masking that ran, the judge's name ... */
  settings: z.record(z.string(), z.json()),
});

export type Identity = z.infer<typeof identitySchema>;

/** An identity as one text per leaf, by names such as "weights assets/micro/t5/model.safetensors". */
function leaves(identity: Identity): Map<string, string> {
  const found = new Map<string, string>();
  for (const [name, value] of Object.entries(identity)) {
    if (typeof value !== "object") found.set(name, String(value));
    else for (const [key, leaf] of Object.entries(value)) found.set(`${name} ${key}`, typeof leaf === "string" ? leaf : JSON.stringify(leaf));
  }
  return found;
}

const shorten = (text: string | undefined): string => (text === undefined ? "none" : sha256Schema.safeParse(text).success ? `${text.slice(0, 12)}...` : text);

/** One line per difference between a recorded identity and the present one, [] where they agree. */
export function identityDifferences(recorded: Identity, present: Identity): string[] {
  const before = leaves(recorded), now = leaves(present);
  return [...new Set([...before.keys(), ...now.keys()])].sort()
    .filter((name) => before.get(name) !== now.get(name))
    .map((name) => `${name}: recorded ${shorten(before.get(name))}, now ${shorten(now.get(name))}`);
}

/** Settings that a sitting knows where it has the model, or asks for the arm, that they are about. */
const late = ["aligner", "trainingFeatures", "t5FinalNorm", "conditioningNoise", "imageServer"];

/** What a sitting looked at: the beginnings of the names of the models' files that it hashed. */
export type Seen = readonly string[];

/**
 * A recorded identity and the present one made comparable where a sitting saw only its own models: what it did not see is as recorded, what was not seen before is new.
 * `now` is what the run's record shall hold.
 */
export function reconcile(recorded: Identity, present: Identity, seen: Seen): { readonly before: Identity; readonly now: Identity } {
  const under = (prefix: string) => ([name]: [string, unknown]): boolean => name.startsWith(prefix), isSeen = (entry: [string, unknown]): boolean => seen.some((prefix) => under(prefix)(entry));
  const files = { ...recorded.weights, ...recorded.configs }, unknown = seen.filter((prefix) => !Object.entries(files).some(under(prefix)));
  const merge = (part: "weights" | "configs") => ({
    now: { ...Object.fromEntries(Object.entries(recorded[part]).filter((entry) => !isSeen(entry))), ...present[part] },
    before: { ...recorded[part], ...Object.fromEntries(Object.entries(present[part]).filter((entry) => unknown.some((prefix) => under(prefix)(entry)))) },
  });
  const completed = (from: Identity, to: Identity): Identity["settings"] => ({ ...to.settings, ...Object.fromEntries(late.filter((name) => to.settings[name] === undefined && from.settings[name] !== undefined).map((name) => [name, from.settings[name]!])) });
  const weights = merge("weights"), configs = merge("configs");
  return {
    before: { ...recorded, weights: weights.before, configs: configs.before, settings: completed(present, recorded) },
    now: { ...present, weights: weights.now, configs: configs.now, settings: completed(recorded, present) },
  };
}
