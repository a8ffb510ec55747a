import type { Scene } from "../world/scene.ts";
import { sceneDetails, surface, type Slot } from "./details.ts";
import { sentence } from "./template.ts";

const places: Readonly<Record<string, string>> = { desert: "in the desert", park: "in the amusement park", gym: "in the gym", cave: "in the cave", space: "in space" };
const statements: Readonly<Record<Slot, string>> = { color: "the color is", background: "the background is", style: "the style is", action: "the pose is", texture: "the material is" };

const placeOf = (background: string): string => places[background] ?? `at the ${surface(background)}`;

const phrases: Readonly<Record<Slot, (value: string) => string>> = {
  color: (value) => `in ${value}`, background: placeOf, style: (value) => `in ${surface(value)} style`, action: (value) => `seen ${surface(value)}`, texture: (value) => `made of ${value === "sequined" ? "sequined material" : surface(value)}`,
};

/** A detail as a few words behind a noun: "at the beach", "made of wood". */
export const detailPhrase = (slot: Slot, value: string): string => phrases[slot](value);

/** The one fixed caption of a scene: no incidental attributes, beginning "Create an image of", the subject and every set detail named twice; 21 to 30 T5 tokens. */
export function canonicalCaption(scene: Scene): string {
  const details = sceneDetails(scene);
  const adjectives = details.filter(detail => detail.slot !== "background").map(detail => surface(detail.value));
  const place = scene.background === undefined ? "" : placeOf(scene.background);
  return [
    `create an image of a ${[...adjectives, surface(scene.subject)].join(" ")} ${place}`,
    ...details.map(({ slot, value }) => `${statements[slot]} ${slot === "background" && value !== "space" ? "the " : ""}${surface(value)}`),
    `the main subject is a ${surface(scene.subject)}`,
  ].map(sentence).join(" ");
}
