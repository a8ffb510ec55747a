import { showsTone } from "../../../src/micro/world/draw.ts";
import { describe, expect, it } from "vitest";
import { mentions } from "../../../src/cobsat/mentions.ts";
import { canonicalCaption } from "../../../src/micro/language/canonical.ts";
import { briefCaption, fullCaption, promptAnswer } from "../../../src/micro/language/captions.ts";
import { sceneDetails, surface } from "../../../src/micro/language/details.ts";
import { lexicon } from "../../../src/micro/language/lexicon.ts";
import { valueWords } from "../../../src/micro/language/pieces.ts";
import { companions, sides, sizes, tones, type Scene } from "../../../src/micro/world/scene.ts";
import { Random } from "../../../src/random/random.ts";
import { scenes } from "./scenes.ts";

const sentences = (text: string): string[] => text.split(/(?<=\.) /);
const says = (text: string, word: string): boolean => new RegExp(`\\b${word}\\b`, "i").test(text);
const words = (scene: Scene): string[] => [scene.subject, ...sceneDetails(scene).map(detail => detail.value)].map(surface);

/** Values named in a text that the scene has not, and the scene's that are missing. */
function untruths(text: string, scene: Scene): string[] {
  const found = mentions(text), named = [...Object.values(found.details).flat(), ...found.subjects], actual = [scene.subject as string, ...sceneDetails(scene).map(detail => detail.value)];
  const wrong = [...sizes, ...sides, ...tones, ...companions].filter(word => says(text, word) && ![scene.size, scene.side, scene.background === undefined ? scene.tone : "", scene.companion].includes(word));
  return [...named.filter(value => !actual.includes(value)), ...actual.filter(value => !named.includes(value)), ...wrong];
}

describe.each([["fullCaption", fullCaption], ["promptAnswer", promptAnswer]])("%s", (kind, caption) => {
  const captions = scenes.map(scene => ({ scene, text: caption(scene, new Random("test", kind, scene.seed)) }));

  it("names subject and details at least twice, in different sentences, and equally often within one", () => {
    for (const { scene, text } of captions) {
      const counts = words(scene).map(word => sentences(text).filter(sentence => says(sentence, word)).length);
      expect(Math.min(...counts), text).toBeGreaterThanOrEqual(2);
      expect(Math.max(...counts) - Math.min(...counts), text).toBeLessThanOrEqual(1);
    }
  });
  it("says nothing untrue", () => {
    expect(captions.flatMap(({ scene, text }) => untruths(text, scene).map(word => `${word}: ${text}`))).toEqual([]);
  });
  it("has two to four sentences of 19 to 32 words and marks", () => {
    for (const { text } of captions) {
      expect(sentences(text).length, text).toBeGreaterThanOrEqual(2);
      expect(sentences(text).length, text).toBeLessThanOrEqual(4);
      const length = text.match(/\w+|[^\w\s]/g)!.length;
      expect(length, text).toBeGreaterThanOrEqual(19);
      expect(length, text).toBeLessThanOrEqual(32);
    }
  });
  it("never begins a sentence with a value's word, which would be another token", () => {
    expect(captions.flatMap(({ text }) => sentences(text)).filter(sentence => valueWords.has(sentence.split(/\W/)[0]!.toLowerCase()))).toEqual([]);
  });
  it("puts the subject's side beside the subject, never beside the companion", () => {
    const misplaced = captions.flatMap(({ scene, text }) => sentences(text).filter(sentence => scene.companion && says(sentence, scene.companion) && says(sentence, scene.side) && !says(sentence, scene.subject) && !/subject|spot|place|position/i.test(sentence)));
    expect(misplaced).toEqual([]);
  });
  it("tells each incidental attribute in about two captions of five", () => {
    const share = (of: (scene: Scene) => string | undefined): number => {
      const having = captions.filter(({ scene }) => of(scene) !== undefined);
      return having.filter(({ scene, text }) => says(text, of(scene)!)).length / having.length;
    };
    for (const rate of [share(scene => scene.size), share(scene => scene.side), share(scene => scene.companion), share(scene => (showsTone(scene) ? scene.tone : undefined))]) {
      expect(rate).toBeGreaterThan(0.32);
      expect(rate).toBeLessThan(0.48);
    }
  });
  it("puts a scene into hundreds of forms, with subject and detail first in turn", () => {
    const scene = scenes[0]!, forms = Array.from({ length: 400 }, (_, i) => caption(scene, new Random("forms", i)));
    expect(new Set(forms).size).toBeGreaterThan(380);
    const detailFirst = forms.filter(text => text.indexOf(scene.color!) < text.indexOf(scene.subject)).length / forms.length;
    expect(detailFirst).toBeGreaterThan(0.3);
    expect(detailFirst).toBeLessThan(0.8);
  });
  it("is a pure function of scene and stream", () => {
    expect(caption(scenes[7]!, new Random("same"))).toBe(caption(scenes[7]!, new Random("same")));
  });
});

describe("other captions", () => {
  it("prompts begin as the instruction asks", () => {
    for (const scene of scenes) expect(promptAnswer(scene, new Random(scene.seed))).toMatch(/^Create an image of /);
  });
  it("brief captions are one sentence naming everything once", () => {
    for (const scene of scenes) {
      const text = briefCaption(scene, new Random("brief", scene.seed));
      expect(sentences(text)).toHaveLength(1);
      expect(untruths(text, scene)).toEqual([]);
      for (const word of words(scene)) expect(text.split(new RegExp(`\\b${word}\\b`)), text).toHaveLength(2);
    }
  });
  it("canonical captions are fixed, name everything twice and no incidental attribute", () => {
    expect(canonicalCaption({ ...scenes[0]!, color: "red", subject: "apple" })).toBe("Create an image of a red apple. The color is red. The main subject is an apple.");
    for (const scene of scenes) {
      const text = canonicalCaption(scene);
      expect(untruths(text, scene)).toEqual([]);
      for (const word of words(scene)) expect(sentences(text).filter(sentence => says(sentence, word)), text).toHaveLength(2);
      expect([...sizes, ...sides, ...tones, ...companions].filter(word => says(text, word))).toEqual([]);
    }
  });
  it("refuses more details than it can balance", () => {
    expect(() => fullCaption({ ...scenes[0]!, color: "red", style: "lego", texture: "wood" }, new Random(1))).toThrow(/at most two details/);
  });
  it("has no word class that names a value", () => {
    const named = new Set<string>([...valueWords, ...sizes, ...sides, ...tones, ...companions]);
    expect(Object.values(lexicon).flat().filter(word => named.has(word))).toEqual([]);
  });
});
