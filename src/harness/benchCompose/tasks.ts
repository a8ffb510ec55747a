/** The kinds of input of bench:compose. */

/** The paper's four kinds of input, by their number of images and whether a text comes with them. */
export const composeTasks = [
  { name: "I", images: 1, text: false }, { name: "I+T", images: 1, text: true }, { name: "2I", images: 2, text: false }, { name: "2I+T", images: 2, text: true },
] as const;

export type ComposeTask = (typeof composeTasks)[number];
export type TaskName = ComposeTask["name"];

export const taskNamed = (name: string): ComposeTask => composeTasks.find((task) => task.name === name)!;

/** Which part of the input asks for an attribute: the subject is in every picture, a detail in one picture or in the text. */
export const origins = ["images", "image 1", "image 2", "text"] as const;
export type Origin = (typeof origins)[number];
