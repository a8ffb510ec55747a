import type { Action } from "../../cobsat/vocabulary.ts";
import type { Face, Pose } from "./animals.ts";
import { filled, stroke } from "./paint.ts";
import { ellipse } from "./shapes.ts";

/** How an animal acts: its pose and face, and props (SVG in the animal's box of 100 units) behind, between and before it. */
export interface Act {
  readonly pose: Pose;
  readonly face: Face;
  readonly behind?: string;
  readonly front?: string;
  /** Colour that the face flushes with. */
  readonly flush?: string;
  /** The animal's own offset in units, upward negative; props stay. */
  readonly lift?: number;
}

const dark = "#1d1d22";
/** A prop with the bold outline of the subjects. */
const prop = (d: string, color: string): string => stroke(d, 5, dark) + filled(d, color);
const bold = (d: string, width: number, color: string): string => stroke(d, width + 5, "#ffffff") + stroke(d, width, color);
const cloud = (x: number, y: number, s: number): string => {
  const puffs = [[0, 0, 9], [12, -6, 11], [25, 0, 9], [12, 4, 10]].map(([u, v, r]) => ellipse(x + u! * s, y + v! * s, r! * s));
  return puffs.map((d) => stroke(d, 4, "#7fa6c6")).join("") + puffs.map((d) => filled(d, "#ffffff")).join("");
};
const note = (x: number, y: number): string => bold(`M${x} ${y} L${x} ${y - 20} L${x + 15} ${y - 24} L${x + 15} ${y - 4}`, 4, "#7a1fb0") + filled(ellipse(x - 3, y, 5.5, 4.5), "#7a1fb0") + filled(ellipse(x + 12, y - 4, 5.5, 4.5), "#7a1fb0");
const zed = (x: number, y: number, s: number): string => bold(`M${x} ${y} L${x + s} ${y} L${x} ${y + s} L${x + s} ${y + s}`, s * 0.26, "#2a3fb8");
const steam = (x: number, y: number): string => [[0, 0, 8], [8, -6, 7], [-6, -8, 7], [2, -14, 6]].map(([u, v, r]) => stroke(ellipse(x + u!, y + v!, r!), 4, "#8a8a94")).join("") + [[0, 0, 8], [8, -6, 7], [-6, -8, 7], [2, -14, 6]].map(([u, v, r]) => filled(ellipse(x + u!, y + v!, r!), "#ffffff")).join("");
const wing = (side: 1 | -1): string => {
  const x = (value: number): number => (side === 1 ? 58 + value : 28 - value);
  return prop(`M${x(4)} 58 C${x(8)} 24 ${x(30)} -2 ${x(52)} -4 C${x(54)} 6 ${x(52)} 12 ${x(48)} 16 C${x(52)} 22 ${x(48)} 28 ${x(43)} 30 C${x(46)} 38 ${x(40)} 43 ${x(35)} 44 C${x(34)} 54 ${x(20)} 62 ${x(4)} 58 Z`, "#fdfdff") + stroke(`M${x(46)} 15 L${x(26)} 24 M${x(42)} 30 L${x(22)} 36`, 3, "#9fb4cf");
};

/** Every action with the same big cues for every animal. */
export const acts: Record<Action, Act> = {
  swim: {
    pose: "lie", face: { eyes: "open", mouth: "smile" }, lift: -16,
    front: filled("M-150 76 Q-137 64 -125 76 Q-112 88 -100 76 Q-87 64 -75 76 Q-62 88 -50 76 Q-37 64 -25 76 Q-12 88 0 76 Q12 64 25 76 Q37 88 50 76 Q62 64 75 76 Q87 88 100 76 Q112 64 125 76 Q137 88 150 76 Q162 64 175 76 Q187 88 200 76 Q212 64 225 76 L240 220 L-150 220 Z", "#2f9fe6", 0.95)
      + [76, 94, 112].map((y, i) => stroke(`M-125 ${y} Q-112 ${y + 12} -100 ${y} Q-87 ${y - 12} -75 ${y} Q-62 ${y + 12} -50 ${y} Q-37 ${y - 12} -25 ${y} Q-12 ${y + 12} 0 ${y} Q12 ${y - 12} 25 ${y} Q37 ${y + 12} 50 ${y} Q62 ${y - 12} 75 ${y} Q87 ${y + 12} 100 ${y} Q112 ${y - 12} 125 ${y} Q137 ${y + 12} 150 ${y} Q162 ${y - 12} 175 ${y} Q187 ${y + 12} 200 ${y}`, 4.5, ["#ffffff", "#bfe9ff", "#bfe9ff"][i]!)).join("")
      + [[4, 62], [-4, 54], [96, 58], [104, 64]].map(([x, y]) => filled(ellipse(x!, y!, 4, 5), "#d8f3ff")).join(""),
  },
  sleep: {
    pose: "lie", face: { eyes: "closed", mouth: "smile" },
    behind: prop("M-8 88 Q-10 80 0 80 L100 80 Q110 80 108 88 L108 100 L-8 100 Z", "#5a63c9"),
    front: zed(62, 28, 20) + zed(84, 4, 15) + zed(50, 10, 11),
  },
  sing: {
    pose: "stand", face: { eyes: "closed", mouth: "open" },
    front: note(72, 34) + note(86, 12) + stroke("M8 98 L24 76", 12, "#ffffff") + stroke("M8 98 L24 76", 8, "#3a3a44") + prop(ellipse(27, 72, 9.5, 9.5), "#b9bfca") + stroke("M21 69 L32 69 M21 75 L32 75", 2, "#5a5f6a"),
  },
  run: {
    pose: "run", face: { eyes: "open", mouth: "open" }, lift: -4,
    behind: [[94, 24, 122], [98, 40, 134], [104, 56, 128]].map(([x, y, u]) => bold(`M${x! - 14} ${y} L${u! - 8} ${y}`, 5, "#4b5566")).join(""),
    front: [[108, 92, 8], [96, 96, 9], [116, 84, 6]].map(([x, y, r]) => stroke(ellipse(x!, y!, r!), 4, "#8a6a3f") + filled(ellipse(x!, y!, r!), "#e6cfa4")).join("") + stroke("M-2 99 L92 99", 3.5, "#8a6a3f"),
  },
  read: {
    pose: "stand", face: { eyes: "open", mouth: "smile" },
    front: stroke(ellipse(24.5, 35, 9.5), 3, "#c9302c") + stroke(ellipse(43.5, 35, 9.5), 3, "#c9302c") + prop("M34 74 C22 64 6 64 -6 68 L-6 102 C8 97 22 98 34 106 C46 98 60 97 74 102 L74 68 C62 64 46 64 34 74 Z", "#c9302c") + filled("M34 72 C24 62 10 61 0 64 L0 96 C12 92 24 93 34 100 C44 93 56 92 68 96 L68 64 C58 61 44 62 34 72 Z", "#fffdf2") + stroke("M34 73 L34 99", 2.4, "#8a8272") + stroke("M7 73 L26 76 M7 81 L26 84 M42 76 L61 73 M42 84 L61 81", 2.8, "#8a8272"),
  },
  fly: {
    pose: "run", face: { eyes: "open", mouth: "smile" }, lift: -2,
    behind: wing(-1) + wing(1),
    front: cloud(-16, 106, 1) + cloud(40, 110, 1.2) + cloud(92, 102, 0.9),
  },
  eat: {
    pose: "stand", face: { eyes: "open", mouth: "open" },
    front: [[14, 74], [26, 68], [38, 68], [50, 73], [32, 76]].map(([x, y]) => prop(ellipse(x!, y!, 8), "#d9822b")).join("") + prop("M-4 76 L70 76 L62 102 L4 102 Z", "#e2352f") + filled("M24 84 Q33 80 42 84 Q46 90 42 95 Q33 98 24 95 Q20 90 24 84 Z", "#ffffff"),
  },
  drink: {
    pose: "stand", face: { eyes: "open", mouth: "smile" },
    front: stroke("M34 58 L24 62 L18 80", 8, dark) + stroke("M34 58 L24 62 L18 80", 4.5, "#ff4f8b") + prop("M-6 70 L38 70 L33 107 L-1 107 Z", "#e9f7ff") + filled("M-3 81 L35 81 L31 105 L1 105 Z", "#28b7f2"),
  },
  cry: {
    pose: "stand", face: { eyes: "sad", mouth: "frown" },
    behind: prop(ellipse(44, 98, 50, 8), "#5cc1ff"),
    front: [[19, -1], [49, 1]].map(([x, s]) => prop(`M${x! - 4} 42 L${x! + 4} 42 Q${x! + s! * 4 + 5} 70 ${x! + s! * 8 + 6} 94 L${x! + s! * 8 - 6} 94 Q${x! + s! * 4 - 5} 70 ${x! - 4} 42 Z`, "#3fb0ff")).join("") + [[2, 62], [66, 62], [-2, 80], [72, 82]].map(([x, y]) => prop(`M${x} ${y! - 8} Q${x! + 7} ${y! + 6} ${x} ${y! + 6} Q${x! - 7} ${y! + 6} ${x} ${y! - 8} Z`, "#3fb0ff")).join(""),
  },
  angry: {
    pose: "stand", face: { eyes: "angry", mouth: "teeth" }, flush: "#e5281f",
    front: steam(-6, 14) + steam(75, 14) + stroke("M88 6 L92 16 L82 18 M98 6 L96 16 L106 18 M88 34 L92 24 L82 22 M98 34 L96 24 L106 22", 4, "#e5281f"),
  },
};

