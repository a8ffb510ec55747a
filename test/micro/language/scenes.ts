import { corpusScenes } from "../../../src/micro/language/corpus.ts";
import type { Scene } from "../../../src/micro/world/scene.ts";

/** Two scenes of every pair: one with the pair's detail alone, one with a second detail. */
export const scenes: readonly Scene[] = [...corpusScenes(2)];
