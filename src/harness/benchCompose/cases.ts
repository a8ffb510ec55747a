/**
 * What bench:compose asks: pictures of the micro world whose attributes are known, a text, and what a right answer shows.
 * Case n of a task is the same in every run; its pictures' seeds ("compose/...") occur nowhere else.
 */
import { sha256 } from "../../files/sha256.ts";
import type { Image } from "../../images/image.ts";
import { canonicalCaption, detailPhrase } from "../../micro/language/canonical.ts";
import type { Slot } from "../../micro/language/details.ts";
import { drawScene, frameSize } from "../../micro/world/draw.ts";
import { renderScene } from "../../micro/world/rasterize.ts";
import { themeTables } from "../../micro/world/sample.ts";
import { sides, sizes, tones, type Scene } from "../../micro/world/scene.ts";
import { Random } from "../../random/random.ts";
import { composeTasks, taskNamed, type ComposeTask, type Origin, type TaskName } from "./tasks.ts";

/** Something a right answer shows. */
export interface Attribute {
  readonly slot: "object" | Slot;
  readonly value: string;
  readonly from: Origin;
}

export interface ComposeCase {
  readonly task: ComposeTask;
  readonly index: number;
  readonly pictures: readonly Scene[];
  readonly text: string;
  readonly expected: readonly Attribute[];
  /** A picture that shows all of it. */
  readonly target: Scene;
}

/** Details that one subject can show together, in the order of their places in the input. */
const combinations: Readonly<Record<TaskName, readonly (readonly Slot[])[]>> = {
  "I": [["color"], ["background"], ["style"], ["action"], ["texture"]],
  "I+T": [["color", "background"], ["background", "color"], ["texture", "background"], ["background", "texture"], ["action", "background"], ["background", "action"]],
  "2I": [["color", "background"], ["background", "color"], ["texture", "background"], ["background", "texture"], ["action", "background"], ["background", "action"]],
  "2I+T": [["color", "style", "background"], ["color", "background", "style"], ["style", "background", "color"], ["color", "action", "background"], ["color", "background", "action"], ["action", "background", "color"]],
};

/** Styles that replace every colour. */
const colorless: readonly string[] = ["old", "futuristic", "3d", "sketch"];

const withSlots = (base: Omit<Scene, Slot>, details: readonly (readonly [Slot, string])[]): Scene => ({ ...base, ...Object.fromEntries(details) }) as Scene;

/** A run scores at most so many cases of a task; later ones serve what must not be scored on. */
export const mostCases = 1000;

/** Case `index` of a task. */
export function composeCase(name: TaskName, index: number): ComposeCase {
  const task = taskNamed(name), random = new Random("compose case", name, index), all = combinations[name], slots = all[index % all.length]!;
  // Backgrounds are CoBSAT's for animals; with a colour, material or style they are shown behind objects.
  const kind = slots.includes("action") || (slots.length === 1 && slots[0] === "background") ? themeTables.action : themeTables.color, subject = random.pick(kind.subjects);
  const details = slots.map((slot) => [slot, random.pick(themeTables[slot].details.filter((value) => !(slots.includes("color") && colorless.includes(value))))] as const);
  const scene = (part: string, shown: typeof details): Scene =>
    withSlots({ subject, size: random.pick(sizes), side: random.pick(sides), tone: random.pick(tones), seed: `compose/${name}/${index}/${part}` }, shown);
  const said = task.text ? details.at(-1) : undefined;
  return {
    task, index,
    pictures: Array.from({ length: task.images }, (_, i) => scene(`${i + 1}`, [details[i]!])),
    text: said ? detailPhrase(...said) : "",
    expected: [{ slot: "object", value: subject, from: "images" }, ...details.map((detail, i): Attribute => ({ slot: detail[0], value: detail[1], from: detail === said ? "text" : i === 0 ? "image 1" : "image 2" }))],
    target: scene("target", details),
  };
}

/** What a right answer shows, in one caption without anything else. */
export const targetCaption = ({ target }: ComposeCase): string => canonicalCaption(target);

/** An input image's name among the run's pictures: "I+T/17/1". */
export const inputKey = (task: string, index: number, image: number): string => `${task}/${index}/${image + 1}`;

/** A scene's picture. */
export const sceneImage = async (scene: Scene): Promise<Image> => ({ width: frameSize, height: frameSize, data: await renderScene(scene) });

/** A case as stages use it. */
export interface PosedCase {
  /** Its folder, where it is a user's own. */
  readonly name?: string;
  readonly text: string;
  /** Empty where nobody knows what is in the pictures. */
  readonly expected: readonly Attribute[];
  images(): Promise<readonly Image[]>;
  /** All that is asked for, in a caption and a picture; where it is known. */
  readonly target?: { readonly caption: string; image(): Promise<Image> };
}

/** Where cases come from. */
export interface CaseSource {
  /** What the run's record calls them, and a SHA-256 that changes with them. */
  readonly label: string;
  readonly identity: string;
  /** Whether attributes are known, so that judges can be asked; else outputs are only compared with inputs. */
  readonly known: boolean;
  /** Cases of a kind of input. */
  count(task: TaskName): number;
  at(task: TaskName, index: number): PosedCase;
}

const probes = 60;

/** SHA-256 that changes with the cases, their texts and their pictures. */
const worldIdentity = (): string => sha256(JSON.stringify(composeTasks.flatMap(({ name }) => Array.from({ length: probes }, (_, i) => {
  const { pictures, text, expected, target } = composeCase(name, i);
  return [[...pictures, target].map(drawScene), text, expected];
}))));

/** The micro world's cases. */
export const worldCases = (): CaseSource => ({
  label: "compose cases", identity: worldIdentity(), known: true, count: () => Infinity,
  at(task, index) {
    const own = composeCase(task, index), { pictures, text, expected, target } = own;
    return { text, expected, images: () => Promise.all(pictures.map(sceneImage)), target: { caption: targetCaption(own), image: () => sceneImage(target) } };
  },
});
