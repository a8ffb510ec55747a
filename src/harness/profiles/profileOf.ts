import { UserError } from "../../files/userError.ts";
import { microProfile, profileNames, type Profile } from "../profile.ts";
import { paperProfile, type PaperPlaces } from "./paper.ts";

/** A profile by its name, the paper's with its models and data in the given places; a UserError for a name that is unknown (wrong usage) or for what is missing. */
export function profileOf(name: string, places: PaperPlaces = {}): Profile {
  if (name === "micro") return microProfile;
  if (name === "paper") return paperProfile(places);
  throw new UserError(`unknown profile ${JSON.stringify(name)}; expected one of ${profileNames.join(", ")}`, 2);
}
