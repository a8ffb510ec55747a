/** CoBSAT's five themes and ten tasks, and what a prompt of the official list means for one of them at k shots. */
import { actions, animals, backgrounds, colors, objects, styles, textures } from "./vocabulary.ts";
import type { PromptIndices } from "./prompts.ts";

export type DetailSpace = "color" | "background" | "style" | "action" | "texture";
export type SubjectSpace = "object" | "animal";
/** A half of a picture: its detail, or its main object (the benchmark's word, also where it is an animal). */
export type Half = "detail" | "object";

/** A detail and a kind of subject, ten values each. */
export interface Theme {
  readonly detailSpace: DetailSpace;
  readonly subjectSpace: SubjectSpace;
  readonly details: readonly string[];
  readonly subjects: readonly string[];
}

/** One of the hundred pictures of a theme. */
export interface Pair {
  readonly theme: Theme;
  readonly detail: string;
  readonly object: string;
}

/** A task gives one half of the picture as text and hides the other in the demonstrations' images. */
export interface Task {
  readonly id: number;
  readonly name: string;
  readonly theme: Theme;
  /** The half that the text names (x); the other one, theta, has to be inferred. */
  readonly given: Half;
}

/** One demonstration: the text beside an image, and the image's pair. `misleading` is the wrong theta that the misleading prompt type names. */
export interface Demonstration {
  readonly x: string;
  readonly theta: string;
  readonly misleading: string;
  readonly pair: Pair;
}

/** A prompt as posed for one task at k shots. */
export interface PosedPrompt {
  readonly task: Task;
  readonly shots: number;
  /** Position in the official list, from 0. */
  readonly prompt: number;
  readonly demonstrations: readonly Demonstration[];
  /** The last text, without an image. */
  readonly query: { readonly x: string; readonly theta: string; readonly misleading: string };
  /** The picture a right answer shows. */
  readonly expected: Pair;
}

const theme = (detailSpace: DetailSpace, details: readonly string[], subjectSpace: SubjectSpace): Theme =>
  ({ detailSpace, subjectSpace, details, subjects: subjectSpace === "object" ? objects : animals });

export const themes: readonly Theme[] = [
  theme("color", colors, "object"),
  theme("background", backgrounds, "animal"),
  theme("style", styles, "object"),
  theme("action", actions, "animal"),
  theme("texture", textures, "object"),
];

/** The ten tasks in the order of their ids, 1 to 10: Color-I, Color-II, Background-I ... Texture-II. */
export const tasks: readonly Task[] = themes.flatMap((theme, i): Task[] => {
  const name = theme.detailSpace.replace(/^./, (c) => c.toUpperCase());
  return [
    { id: 2 * i + 1, name: `${name}-I`, theme, given: "detail" },
    { id: 2 * i + 2, name: `${name}-II`, theme, given: "object" },
  ];
});

/** The task of an id (1 to 10) or a name ("Color-I"). */
export function taskOf(idOrName: number | string): Task {
  const found = tasks.find((task) => task.id === idOrName || task.name === idOrName);
  if (!found) throw new RangeError(`no CoBSAT task ${JSON.stringify(idOrName)}: expected an id 1 to 10 or one of ${tasks.map((t) => t.name).join(", ")}`);
  return found;
}

/** The half a task hides. */
export const hiddenHalf = (task: Task): Half => (task.given === "detail" ? "object" : "detail");

/** The values of one half of a theme, in the benchmark's order. */
export const valuesOf = (theme: Theme, half: Half): readonly string[] => (half === "detail" ? theme.details : theme.subjects);

/** The hundred pairs of a theme, subjects outermost. */
export const pairsOf = (theme: Theme): Pair[] => theme.subjects.flatMap((object) => theme.details.map((detail) => ({ theme, detail, object })));

/** A target's name, "color_object/red_car": the cluster of a sample, whatever its task, shots or arm. */
export const targetKey = ({ theme, detail, object }: Pair): string => `${theme.detailSpace}_${theme.subjectSpace}/${detail}_${object}`;

/**
 * What prompt number `prompt` asks of a task at `shots` shots: demonstrations x[0..k-1] with theta[k+1], query x[k].
 * Throws where the lists are too short for that many shots (8 at most; 3 in the fine-tuning split).
 */
export function posePrompt(task: Task, shots: number, prompt: number, prompts: readonly PromptIndices[]): PosedPrompt {
  const indices = prompts[prompt];
  if (!indices) throw new RangeError(`no prompt ${prompt}: the list has prompts 0 to ${prompts.length - 1}`);
  const most = indices.theta_list.length - 2;
  if (!Number.isInteger(shots) || shots < 1 || shots > most) throw new RangeError(`${shots} shots: these prompts allow 1 to ${most}`);
  const hidden = hiddenHalf(task), thetas = valuesOf(task.theme, hidden), xs = valuesOf(task.theme, task.given);
  const theta = thetas[indices.theta_list[shots + 1]!]!;
  const pairWith = (x: string): Pair => (hidden === "object" ? { theme: task.theme, detail: x, object: theta } : { theme: task.theme, detail: theta, object: x });
  const texts = Array.from({ length: shots + 1 }, (_, i) => ({ x: xs[indices.x_list[i]!]!, theta, misleading: thetas[indices.theta_list[i]!]! }));
  const query = texts[shots]!;
  return {
    task, shots, prompt, query,
    demonstrations: texts.slice(0, shots).map((text) => ({ ...text, pair: pairWith(text.x) })),
    expected: pairWith(query.x),
  };
}
