import { actions, animals, backgrounds, colors, objects, styles, textures } from "../../cobsat/vocabulary.ts";
import { captioningPrompts, cobsatInstruction } from "../../cobsat/instructions.ts";
import { llavaTurn } from "../../cobsat/judge/llavaJudge.ts";
import { questions } from "../../cobsat/judge/questions.ts";
import { themes } from "../../cobsat/tasks.ts";
import { Random } from "../../random/random.ts";
import { companions, type Scene, sides, sizes, tones } from "../world/scene.ts";
import { canonicalCaption } from "./canonical.ts";
import { briefCaption, fullCaption, promptAnswer } from "./captions.ts";

const pairs: readonly (readonly Partial<Scene>[])[] = [
  colors.flatMap(color => objects.map(subject => ({ color, subject }))),
  backgrounds.flatMap(background => animals.map(subject => ({ background, subject }))),
  styles.flatMap(style => objects.map(subject => ({ style, subject }))),
  actions.flatMap(action => animals.map(subject => ({ action, subject }))),
  textures.flatMap(texture => objects.map(subject => ({ texture, subject }))),
];

const second = { color: colors, background: backgrounds, style: styles, texture: textures } as const;

/** Scenes for the tokenizers' training text: every pair of the five themes `copies` times, with drawn incidental attributes; each last copy has a second detail. */
export function* corpusScenes(copies: number): Generator<Scene> {
  for (const pair of pairs.flat()) {
    for (let copy = 0; copy < copies; copy++) {
      const seed = `tokenizers/${JSON.stringify(pair)}/${copy}`, random = new Random(seed);
      const slot = random.pick((Object.keys(second) as (keyof typeof second)[]).filter(slot => pair[slot] === undefined));
      const added = copy === copies - 1 ? { [slot]: random.pick<string>(second[slot]) } : {};
      yield { ...pair, ...added, size: random.pick(sizes), side: random.pick(sides), tone: random.pick(tones), companion: random.pick(companions), seed } as Scene;
    }
  }
}

/** Captions of all kinds over every pair: what both text models read and write. */
export function captionCorpus(): string[] {
  return [...corpusScenes(3)].flatMap(scene => {
    const random = new Random("tokenizers", "captions", scene.seed);
    return [fullCaption(scene, random), fullCaption(scene, random), promptAnswer(scene, random), briefCaption(scene, random), canonicalCaption(scene)];
  });
}

/** What the LVLM is told besides: the chat template's own words, the instructions and the in-context frame. */
export function instructionCorpus(): string[] {
  return ["system\nYou are a helpful assistant.", "user\n", "assistant\n", ...captioningPrompts.map(prompt => prompt.text), cobsatInstruction, "Word 1: , Picture 1: \n\nWord 2: , Picture 2: \n\nWord 3: , Picture 3: \n\nWord 4: , Picture 4: \n\nWord 5: , "];
}

/** All that a LLaVA judge reads and writes: each question in its turn, and the numbers. */
export const judgeCorpus = (): string[] => [...themes.flatMap(theme => questions(theme).map(question => llavaTurn(question).replace("<image>\n", ""))), ...Array.from({ length: 10 }, (_, i) => `${i + 1}`)];
