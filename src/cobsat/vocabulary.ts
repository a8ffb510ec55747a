/** CoBSAT's own vocabulary: ten values each of five details and two kinds of subject, as named in the data set's file names. */
export const colors = ["yellow", "white", "red", "purple", "pink", "orange", "green", "brown", "blue", "black"] as const;
export const objects = ["leaf", "hat", "cup", "chair", "car", "box", "book", "ball", "bag", "apple"] as const;
export const backgrounds = ["beach", "desert", "glacier", "volcano", "park", "gym", "waterfall", "space", "cave", "seafloor"] as const;
export const animals = ["zebra", "tiger", "sheep", "pig", "monkey", "lion", "dog", "cow", "cat", "bird"] as const;
export const styles = ["watercolor", "sketch", "pixel", "origami", "lego", "icon", "graffiti", "futuristic", "3d", "old"] as const;
export const actions = ["swim", "sleep", "sing", "run", "read", "fly", "eat", "drink", "cry", "angry"] as const;
export const textures = ["wood", "wicker", "sequined", "plastic", "paper", "metal", "leather", "lace", "denim", "ceramic"] as const;

export type Color = (typeof colors)[number];
export type ObjectName = (typeof objects)[number];
export type Background = (typeof backgrounds)[number];
export type Animal = (typeof animals)[number];
export type Style = (typeof styles)[number];
export type Action = (typeof actions)[number];
export type Texture = (typeof textures)[number];

/** The word shown to models for a value: CoBSAT shows "wireframe" for "3d" and "amusement park" for "park". */
export function shownName(value: string): string {
  return value === "3d" ? "wireframe" : value === "park" ? "amusement park" : value;
}
