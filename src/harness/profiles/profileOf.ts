import { join } from "node:path";
import { UserError } from "../../files/userError.ts";
import { picturesIn } from "../features/pictures.ts";
import { microProfile, profileNames, type Profile } from "../profile.ts";
import { paperProfile, type PaperPlaces } from "./paper.ts";

/** Micro with its aligners trained on the user's own pictures; as many as there are, at most as many as of its own. */
function microOn(path: string): Profile {
  const { aligner, clipAligner, cache } = microProfile, { images, samples } = picturesIn(path, join(cache, "pictures.jsonl")), { train, heldOut } = aligner.samples;
  const counts = { train: Math.min(samples.train, train), heldOut: Math.min(samples.heldOut, heldOut) };
  return { ...microProfile, aligner: { ...aligner, images, samples: counts }, clipAligner: { ...clipAligner, images, samples: counts } };
}

function placed(name: string, places: PaperPlaces): Profile {
  if (name === "micro") {
    const profile = places.pictures === undefined ? microProfile : microOn(places.pictures);
    return places.cases === undefined ? profile : { ...profile, compose: { ...profile.compose, folder: places.cases } };
  }
  if (name === "paper") return paperProfile(places);
  throw new UserError(`unknown profile ${JSON.stringify(name)}; expected one of ${profileNames.join(", ")}`, 2);
}

/** A profile by its name, with models and data in the given places; a UserError for a name that is unknown (wrong usage) or for what is missing. */
export const profileOf = (name: string, places: PaperPlaces = {}): Profile => ({ ...placed(name, places), ...(places.pictures === undefined ? {} : { picturesNamed: true }) });
