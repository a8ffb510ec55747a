import { backgrounds } from "../../cobsat/vocabulary.ts";
import { Random } from "../../random/random.ts";
import { briefCaption, fullCaption, promptAnswer } from "../language/captions.ts";
import { pairScene, sampleScene, themeTables, worldThemes, type WorldTheme } from "../world/sample.ts";
import type { Scene } from "../world/scene.ts";
import { renderedImages, type ImageStore } from "./images.ts";

/** Scenes that base models other than the judges train on; the benchmark's and the judges' seeds are in other namespaces. */
export const trainingScene = (index: number): Scene => sampleScene(new Random("train scene", index), { seed: `train/${index}` });

/** The texts of training scene `index`; `variant` numbers paraphrases. */
export function trainingTexts(index: number, variant = 0): { readonly full: string; readonly prompt: string; readonly brief: string } {
  const scene = trainingScene(index), stream = (kind: string) => new Random("train text", kind, index, variant);
  return { full: fullCaption(scene, stream("full")), prompt: promptAnswer(scene, stream("prompt")), brief: briefCaption(scene, stream("brief")) };
}

/** Scenes drawn for training; their texts are made on the fly. */
export const trainingScenes = 24_000;

/** A training picture of a CoBSAT pair: `variant` numbers its nuisances. */
export const pairVariants = 24;

/** Every CoBSAT pair in order: theme, detail, subject. */
export const allPairs: readonly { readonly theme: WorldTheme; readonly detail: string; readonly subject: Scene["subject"] }[] = worldThemes.flatMap((theme) =>
  themeTables[theme].details.flatMap((detail) => themeTables[theme].subjects.map((subject) => ({ theme, detail, subject }))));

/** The scene of a pair and a variant, under a seed namespace ("train", "judge" ...). */
export function pairVariant(namespace: string, pair: number, variant: number): Scene {
  const { theme, detail, subject } = allPairs[pair]!;
  return pairScene(theme, detail, subject, `${namespace}/pair/${theme}/${detail}/${subject}/${variant}`);
}

/** Rendered training scenes. */
export const trainingImages = (cache: string, progress?: (text: string) => void): Promise<ImageStore> => renderedImages(cache, "train", trainingScenes, trainingScene, progress);

/** Rendered pairs of a namespace: picture pair * variants + variant. */
export const pairImages = (cache: string, namespace: string, variants: number, progress?: (text: string) => void): Promise<ImageStore> =>
  renderedImages(cache, `${namespace}-pairs`, allPairs.length * variants, (i) => pairVariant(namespace, Math.floor(i / variants), i % variants), progress);

/** A scene of two details, or of three where a place can be added. */
export function severalDetails(namespace: string, index: number): Scene {
  const random = new Random("several details", namespace, index), scene = sampleScene(random, { seed: `${namespace}/several/${index}`, twoDetails: 1 });
  return scene.background === undefined && random.chance(0.5) ? { ...scene, background: random.pick(backgrounds) } : scene;
}

/** Rendered scenes of a namespace with several details. */
export const severalImages = (cache: string, namespace: string, count: number, progress?: (text: string) => void): Promise<ImageStore> =>
  renderedImages(cache, `${namespace}-several`, count, (i) => severalDetails(namespace, i), progress);
