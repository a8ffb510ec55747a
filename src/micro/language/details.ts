import type { Background } from "../../cobsat/vocabulary.ts";
import { shownName } from "../../cobsat/vocabulary.ts";
import type { Scene } from "../world/scene.ts";

/** The five kinds of detail, by their property names in a scene. */
export const slots = ["color", "background", "style", "action", "texture"] as const;
export type Slot = (typeof slots)[number];

/** How a kind of detail is put into words: `{v}` the value's word, `{at}` a place with its preposition, `{m}` a material, `{np}` what has the detail. */
interface Phrases {
  /** May stand before the noun ("a red car"). */
  readonly adjective: boolean;
  /** Behind the noun. */
  readonly behind: readonly string[];
  /** What the subject does or is. */
  readonly predicate: readonly string[];
  /** A clause that names the detail alone. */
  readonly clause: readonly string[];
  /** A clause with the detail first, then the subject. */
  readonly front: readonly string[];
  /** A request that names the detail alone. */
  readonly request: readonly string[];
}

export const phrases: Readonly<Record<Slot, Phrases>> = {
  color: {
    adjective: true,
    behind: ["in {v}", "[in|with|of] a {v} <color>"],
    predicate: ["<is> {v}", "is <adverb?> {v}", "[has|shows|wears] a <quality?> {v} <color>", "is <painted> {v}", "is <seen> in {v}", "is all {v}"],
    clause: ["the <main?> <color> <is> {v}", "everything [about|on] it is {v}", "it is <adverb?> <painted> {v}", "a {v} <color> <covers> it", "the <color> [used|chosen|applied] is {v}", "we [see|notice] a {v} <color>", "its <color> <is> <adverb?> {v}"],
    front: ["a <quality?> {v} <color> <covers> {np}", "the {v} <color> [belongs to|is on|suits] {np}", "with {v} as [its|the] <color>, {np} is <seen>", "in {v}, {np} is <adverb?> <seen>"],
    request: ["make it {v}", "use a {v} <color>", "the <color> [should|must] be {v}", "[paint|color] it {v}", "choose {v} as the <color>", "give it a {v} <color>"],
  },
  texture: {
    adjective: true,
    behind: ["<made> of {m}", "with a {v} <surface>", "in {v} material"],
    predicate: ["is <adverb?> <made> of {m}", "[has|shows] a <quality?> {v} <surface>", "<is> <made> from {m}", "is <seen> in {v} material"],
    clause: ["the <main?> <material> <is> {v}", "it is <adverb?> <made> [of|from] {m}", "a {v} <surface> is <seen>", "the <surface> looks like {m}", "its <material> <is> <adverb?> {v}", "we [see|notice] a {v} <surface>"],
    front: ["a <quality?> {v} <surface> <covers> {np}", "the {v} <material> [belongs to|is on|suits] {np}", "<made> of {m}, {np} is <seen>", "with a {v} <surface>, {np} is <adverb?> <seen>"],
    request: ["make it of {m}", "use {v} material", "the <material> [should|must] be {v}", "give it a {v} <surface>", "choose {v} as the <material>"],
  },
  style: {
    adjective: true,
    behind: ["in {v} style", "in a {v} <style>", "with a {v} look", "as {v} art"],
    predicate: ["is <adverb?> <drawn> in {v} style", "has a <quality?> {v} look", "<is> <drawn> as {v} art", "[follows|shows|has] a {v} <style>"],
    clause: ["the <main?> <style> <is> {v}", "it is <adverb?> <drawn> in {v} style", "a {v} <style> is used", "everything has a {v} look", "its <style> <is> <adverb?> {v}", "we [see|notice] a {v} <style>"],
    front: ["in {v} style, {np} is <adverb?> <seen>", "a <quality?> {v} <style> is used for {np}", "the {v} <style> [belongs to|suits] {np}", "with a {v} look, {np} is <seen>"],
    request: ["make it in {v} style", "use a {v} <style>", "the <style> [should|must] be {v}", "give it a {v} look", "choose {v} as the <style>"],
  },
  action: {
    adjective: true,
    behind: ["[that|which] is {v}", "[seen|shown|caught] {v}"],
    predicate: ["is <adverb?> {v}", "is [seen|shown|pictured|depicted|found|caught] {v}", "[seems|appears] to be {v}", "is in a {v} <state>"],
    clause: ["it is <adverb?> {v}", "it is [seen|shown|pictured|depicted|found|caught] {v}", "the <state> is {v}", "its <state> <is> <adverb?> {v}", "we [see|notice] it {v}", "a {v} <state> is <seen>"],
    front: ["[seen|shown|pictured|depicted|found|caught] {v}, {np} <is> <quality>", "the {v} <state> [belongs to|suits] {np}", "in a {v} <state>, {np} is <seen>", "a {v} <state> is taken by {np}"],
    request: ["show it {v}", "it [should|must] be {v}", "let the <state> be {v}", "give it a {v} <state>", "choose {v} as the <state>"],
  },
  background: {
    adjective: false,
    behind: ["{at}", "<set> {at}", "with {v} behind it"],
    predicate: ["is {at}", "is <adverb?> <seen> {at}", "is <set> {at}", "has {v} behind it", "stands before {v}"],
    clause: ["the <main?> <background> is {v}", "behind it is {v}", "the <background> [shows|looks like] {v}", "it is <adverb?> <seen> {at}", "it is <set> {at}", "we [see|notice] {v} behind it", "all around it is {v}"],
    front: ["{at}, {np} is <adverb?> <seen>", "behind {np} is {v}", "with {v} behind it, {np} is <seen>", "the <background> [of|behind|around] {np} is {v}"],
    request: ["place it {at}", "set the <background> to {v}", "use {v} as the <background>", "the <background> [should|must] be {v}", "choose {v} as the <background>"],
  },
};

const prepositions: Readonly<Record<Background, string>> = {
  beach: "[on|at]", desert: "in", glacier: "[on|at]", volcano: "[at|near]", park: "[in|at]", gym: "[in|at]", waterfall: "[at|near|by]", space: "in", cave: "[in|by]", seafloor: "[on|at]",
};

const actionForms: Readonly<Record<string, string>> = {
  swim: "swimming", sleep: "sleeping", sing: "singing", run: "running", read: "reading", fly: "flying", eat: "eating", drink: "drinking", cry: "crying",
};

/** The one surface form a value has in captions: the shown name, and for actions the -ing form ("angry" stays). */
export function surface(value: string): string {
  return actionForms[value] ?? shownName(value);
}

/** The templates' slots for one detail of a scene: a text each for `{v}`, `{at}` and `{m}`, which may hold choices still to be expanded. */
export function detailWords(slot: Slot, value: string): Record<"v" | "at" | "m", string> {
  const word = surface(value);
  const place = value === "space" ? "[space|outer space]" : `[the|a] ${word}`;
  return {
    v: slot === "background" ? place : word,
    at: slot === "background" ? `${prepositions[value as Background]} ${value === "space" ? place : `the ${word}`}` : "",
    m: value === "sequined" ? "sequined material" : `[${word}|${word} material]`,
  };
}

/** The details a scene sets, in the fixed order of `slots`. */
export function sceneDetails(scene: Scene): { slot: Slot; value: string }[] {
  return slots.flatMap(slot => (scene[slot] === undefined ? [] : [{ slot, value: scene[slot] }]));
}
