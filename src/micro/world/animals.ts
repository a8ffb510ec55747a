import type { Animal } from "../../cobsat/vocabulary.ts";
import { luma } from "./palette.ts";
import type { Palette } from "./palette.ts";
import { ellipse, line, mark, moved, polygon, rope, shape } from "./shapes.ts";
import type { Drawing, Paint, Part } from "./shapes.ts";

/** Body plan: on four legs, galloping, or lying. */
export type Pose = "stand" | "run" | "lie";
export interface Face {
  readonly eyes: "open" | "closed" | "sad" | "angry";
  readonly mouth: "smile" | "open" | "frown" | "teeth";
}

/** What tells an animal apart; the head is seen from the front around (34, 38), the body from the side to its right. */
interface AnimalDesign {
  /** Natural coat, drawn where a part's paint is "main". */
  readonly natural: string;
  readonly face: Paint;
  readonly limbs: Paint;
  readonly feet: Paint;
  readonly tail: readonly Part[];
  readonly body: readonly Part[];
  readonly ears: readonly Part[];
  readonly head: readonly Part[];
  readonly muzzle: readonly Part[];
  /** Height of the mouth, and of eyes. */
  readonly mouthY: number;
  readonly eyeY: number;
  readonly twoLegs?: boolean;
}

const torso = shape("M40 62 C42 46 58 44 70 46 C88 48 92 58 91 68 C90 82 78 82 66 82 C48 84 38 78 40 62 Z");
const roundHead = shape(ellipse(34, 38, 25, 23));
const catEars = [shape("M11 34 L10 5 L30 18 Z"), shape("M57 34 L58 5 L38 18 Z"), mark("M15 26 L14 12 L24 19 Z", "#f2a0a8"), mark("M53 26 L54 12 L44 19 Z", "#f2a0a8")];
const roundEars = (paint: Paint, inside: Paint): Part[] => [shape(ellipse(14, 18, 10), paint), shape(ellipse(54, 18, 10), paint), mark(ellipse(14, 18, 5), inside), mark(ellipse(54, 18, 5), inside)];
const nose = (y: number, paint: Paint): Part => mark(`M28 ${y - 4} L40 ${y - 4} L34 ${y + 3} Z`, paint);
const stripes = (paint: Paint): Part[] => [mark("M56 45 L64 45 L60 66 Z", paint), mark("M69 46 L78 47 L71 68 Z", paint), mark("M83 50 L90 57 L79 72 Z", paint), mark("M66 83 L74 83 L69 70 Z", paint), mark("M52 83 L58 83 L56 72 Z", paint)];
const cloudRing = (cx: number, cy: number, rx: number, ry: number, count: number, puff: number, paint: Paint): Part[] =>
  Array.from({ length: count }, (_, i) => shape(ellipse(cx + rx * Math.cos((2 * Math.PI * i) / count), cy + ry * Math.sin((2 * Math.PI * i) / count), puff), paint));

const designs: Record<Animal, AnimalDesign> = {
  zebra: {
    natural: "#fbfbf8", face: "main", limbs: "main", feet: "#222226", mouthY: 58, eyeY: 33,
    tail: [rope("M88 54 Q98 60 95 72", 4.5), rope("M95 72 L95 82", 7, "#222226")],
    body: [torso, ...stripes("#222226")],
    ears: [shape(ellipse(17, 12, 6, 12, -20)), shape(ellipse(51, 12, 6, 12, 20)), mark(ellipse(17, 13, 2.5, 7, -20), "#222226"), mark(ellipse(51, 13, 2.5, 7, 20), "#222226"), shape(polygon(23, 22, 24, 4, 29, 9, 34, 1, 39, 9, 44, 4, 45, 22), "#222226")],
    head: [shape("M13 30 C13 8 55 8 55 30 C55 42 50 48 50 56 C50 72 18 72 18 56 C18 48 13 42 13 30 Z"), mark("M30 15 L38 15 L34 32 Z", "#222226"), mark("M14 40 L26 45 L17 49 Z", "#222226"), mark("M54 40 L42 45 L51 49 Z", "#222226"), mark("M15 22 L22 24 L14 29 Z", "#222226"), mark("M53 22 L46 24 L54 29 Z", "#222226")],
    muzzle: [mark("M19 54 C24 49 44 49 49 54 C52 72 16 72 19 54 Z", "#3a3a40"), mark(ellipse(28, 55, 2), "#ffffff"), mark(ellipse(40, 55, 2), "#ffffff")],
  },
  tiger: {
    natural: "#f5891f", face: "main", limbs: "main", feet: "#fff4e2", mouthY: 55, eyeY: 35,
    tail: [rope("M88 60 C102 56 96 40 92 32", 7), rope("M93 36 L91 29", 7, "#222226")],
    body: [torso, ...stripes("#222226")],
    ears: roundEars("main", "#fff4e2"),
    head: [roundHead, mark("M30 15 L38 15 L34 29 Z", "#222226"), mark("M20 18 L26 16 L27 26 Z", "#222226"), mark("M48 18 L42 16 L41 26 Z", "#222226"), mark("M9 36 L19 40 L9 43 Z", "#222226"), mark("M59 36 L49 40 L59 43 Z", "#222226"), mark("M12 48 L20 48 L16 53 Z", "#222226"), mark("M56 48 L48 48 L52 53 Z", "#222226")],
    muzzle: [mark(ellipse(34, 52, 13, 9), "#fff4e2"), nose(47, "#d8596a")],
  },
  sheep: {
    natural: "#f7f3e8", face: "#5b4a42", limbs: "#5b4a42", feet: "#2e2622", mouthY: 56, eyeY: 40,
    tail: [shape(ellipse(92, 60, 8))],
    body: [...cloudRing(66, 62, 20, 13, 9, 11, "main"), shape(ellipse(66, 62, 22, 14)), line("M54 58 Q58 52 62 58 M70 56 Q74 50 78 56 M60 72 Q64 66 68 72 M76 70 Q80 64 84 70", 3.2)],
    ears: [shape(ellipse(8, 38, 11, 6, -20), "#5b4a42"), shape(ellipse(60, 38, 11, 6, 20), "#5b4a42")],
    head: [shape("M15 34 C15 18 53 18 53 34 C54 50 46 64 34 64 C22 64 14 50 15 34 Z", "#5b4a42"), ...[16, 25, 34, 43, 52].map((x, i) => shape(ellipse(x, [22, 14, 11, 14, 22][i]!, 9.5)))],
    muzzle: [nose(51, "#e9a6a6")],
  },
  pig: {
    natural: "#f7a3b5", face: "main", limbs: "main", feet: "#a6505f", mouthY: 60, eyeY: 32,
    tail: [rope("M88 58 C98 60 100 48 93 48 C86 50 94 60 99 54", 4, "shade")],
    body: [shape(ellipse(66, 63, 28, 20))],
    ears: [shape("M10 34 C2 20 6 10 12 8 C20 10 26 14 30 20 Z", "shade"), shape("M58 34 C66 20 62 10 56 8 C48 10 42 14 38 20 Z", "shade")],
    head: [shape(ellipse(34, 39, 26, 24))],
    muzzle: [mark(ellipse(34, 47, 14, 10), "#e2718a"), mark(ellipse(29, 47, 3, 5), "#7a2c40"), mark(ellipse(39, 47, 3, 5), "#7a2c40")],
  },
  monkey: {
    natural: "#8a5527", face: "main", limbs: "main", feet: "#eec79b", mouthY: 54, eyeY: 36,
    tail: [rope("M86 72 C104 70 102 38 88 34 C78 32 76 44 84 44", 6)],
    body: [torso, mark(ellipse(60, 70, 14, 9), "#eec79b")],
    ears: [shape(ellipse(6, 38, 11, 12)), shape(ellipse(62, 38, 11, 12)), mark(ellipse(5, 38, 6, 7), "#eec79b"), mark(ellipse(63, 38, 6, 7), "#eec79b"), rope("M34 18 Q32 10 40 6", 5)],
    head: [roundHead, mark("M34 28 C28 20 13 24 15 38 C16 44 18 45 18 48 C18 62 50 62 50 48 C50 45 52 44 53 38 C55 24 40 20 34 28 Z", "#eec79b")],
    muzzle: [mark(ellipse(31, 46, 1.8), "#4a2a16"), mark(ellipse(37, 46, 1.8), "#4a2a16")],
  },
  lion: {
    natural: "#eab04b", face: "main", limbs: "main", feet: "#fff0cf", mouthY: 55, eyeY: 35,
    tail: [rope("M88 62 C100 60 98 46 94 40", 5), shape(ellipse(93, 36, 7, 9), "#8a4413")],
    body: [torso],
    ears: [shape(maneRing(34, 38), "#9a4d16"), mark(ellipse(34, 38, 29, 28), "#8a4413"), mark(ellipse(16, 18, 8), "main"), mark(ellipse(52, 18, 8), "main")],
    head: [mark(ellipse(34, 39, 22, 21), "main")],
    muzzle: [mark(ellipse(34, 52, 12, 8), "#fff0cf"), nose(47, "#5e2c18")],
  },
  dog: {
    natural: "#cf9a5e", face: "main", limbs: "main", feet: "#fff6e8", mouthY: 56, eyeY: 34,
    tail: [rope("M88 56 Q98 48 96 34", 8)],
    body: [torso, mark("M62 46 C72 44 84 48 86 56 C80 66 66 64 62 46 Z", "#6b4020")],
    ears: [],
    head: [shape(ellipse(34, 38, 22, 24)), mark("M34 24 C31 30 29 40 22 46 C22 64 46 64 46 46 C39 40 37 30 34 24 Z", "#fff6e8"), shape("M17 18 C4 16 -2 34 3 54 C8 62 16 56 17 44 Z", "#6b4020"), shape("M51 18 C64 16 70 34 65 54 C60 62 52 56 51 44 Z", "#6b4020")],
    muzzle: [mark(ellipse(34, 47, 7, 5), "#222226"), mark("M30 57 L38 57 Q39 67 34 67 Q29 67 30 57 Z", "#ef6f7f")],
  },
  cow: {
    natural: "#fafafa", face: "main", limbs: "main", feet: "#33302e", mouthY: 60, eyeY: 33,
    tail: [rope("M89 54 Q99 60 96 76", 4), rope("M96 76 L96 84", 7, "#26262a")],
    body: [torso, mark("M54 47 C64 44 70 48 68 58 C62 66 54 60 54 47 Z", "#26262a"), mark("M78 49 C88 52 91 60 90 70 C82 74 76 62 78 49 Z", "#26262a"), mark("M56 74 C64 70 72 76 70 82 L54 82 Z", "#26262a"), mark(ellipse(76, 82, 7, 4), "#f4a9b4")],
    ears: [shape("M16 20 C6 18 4 8 8 1 C12 8 18 10 25 14 Z", "#d9c79a"), shape("M52 20 C62 18 64 8 60 1 C56 8 50 10 43 14 Z", "#d9c79a"), shape(ellipse(5, 30, 11, 6, 15), "#26262a"), shape(ellipse(63, 30, 11, 6, -15))],
    head: [shape("M14 28 C14 8 54 8 54 28 C54 42 52 48 50 56 C48 70 20 70 18 56 C16 48 14 42 14 28 Z"), mark("M15 30 C13 14 24 12 28 14 C32 30 30 44 20 44 Q16 40 15 30 Z", "#26262a")],
    muzzle: [mark(ellipse(34, 56, 18, 11), "#f4a9b4"), mark(ellipse(27, 52, 2.4, 3), "#7a3a48"), mark(ellipse(41, 52, 2.4, 3), "#7a3a48")],
  },
  cat: {
    natural: "#8d95a3", face: "main", limbs: "main", feet: "#f5f5f7", mouthY: 53, eyeY: 36,
    tail: [rope("M86 66 C102 62 92 44 98 28", 7)],
    body: [torso, mark(ellipse(46, 70, 6, 9), "#f5f5f7"), line("M62 46 L62 54 M72 46 L72 55 M81 49 L80 57", 4)],
    ears: catEars,
    head: [roundHead, line("M34 16 L34 24 M27 17 L28 23 M41 17 L40 23", 3.4)],
    muzzle: [mark(ellipse(34, 51, 10, 7), "#f5f5f7"), mark("M30 44 L38 44 L34 49 Z", "#e4637a"), line("M22 48 L2 44 M22 52 L3 55 M46 48 L66 44 M46 52 L65 55", 2, "#ffffff")],
  },
  bird: {
    natural: "#2fa8e0", face: "main", limbs: "#f39a1e", feet: "#f39a1e", mouthY: 56, eyeY: 34, twoLegs: true,
    tail: [shape("M76 62 L100 44 L98 58 L104 62 L95 70 L98 78 L74 78 Z", "shade")],
    body: [shape("M30 54 C38 34 80 44 86 66 C84 86 64 90 52 88 C36 86 26 72 30 54 Z"), mark("M34 62 C40 84 58 86 64 84 C54 90 36 86 32 70 Z", "#fbe9c2"), mark("M52 54 C68 44 88 58 92 66 C86 70 84 70 84 70 C80 78 74 76 74 76 C66 82 50 72 52 54 Z", "shade")],
    ears: [shape("M28 18 C20 10 24 4 20 2 C28 2 32 4 34 8 C36 2 42 0 46 2 C42 6 44 12 40 18 Z", "shade")],
    head: [shape(ellipse(34, 36, 22, 21))],
    muzzle: [mark("M22 45 Q34 34 46 45 L34 52 Z", "#f9a51b")],
  },
};

/** The lion's mane: a scalloped ring. */
function maneRing(cx: number, cy: number): string {
  const tips = 14, points: string[] = [];
  for (let i = 0; i < tips; i++) {
    const a = (2 * Math.PI * i) / tips, b = (2 * Math.PI * (i + 0.5)) / tips, c = (2 * Math.PI * (i + 1)) / tips;
    const at = (angle: number, r: number): string => `${(cx + r * Math.cos(angle)).toFixed(1)} ${(cy + r * Math.sin(angle)).toFixed(1)}`;
    points.push(`${i === 0 ? `M${at(a, 30)} ` : ""}Q${at(b, 41)} ${at(c, 30)}`);
  }
  return `${points.join(" ")} Z`;
}

const legLines: Record<Pose, readonly (readonly [number, number, number, number])[]> = {
  stand: [[53, 74, 53, 90], [76, 74, 76, 90], [44, 74, 44, 92], [85, 72, 85, 92]],
  run: [[52, 74, 34, 88], [76, 74, 92, 86], [46, 74, 22, 80], [82, 72, 104, 78]],
  lie: [[52, 80, 36, 81], [80, 80, 90, 81]],
};

function legs(design: AnimalDesign, pose: Pose): Part[] {
  const lines = design.twoLegs && pose !== "run" ? legLines[pose].slice(-2).map(([x, y, u, v]) => [x === 44 ? 52 : x === 85 ? 64 : x, y, u === 44 ? 50 : u === 85 ? 62 : u, v] as const) : legLines[pose];
  const width = design.twoLegs ? 5 : 9;
  return lines.flatMap(([x, y, u, v], i) => {
    const far = i < lines.length - 2 && design.limbs === "main" ? "shade" : design.limbs;
    const toe = Math.hypot(u - x, v - y), dx = ((u - x) / toe) * 3, dy = ((v - y) / toe) * 3;
    return [rope(`M${x} ${y} L${u} ${v}`, width, far), rope(`M${(u - dx).toFixed(1)} ${(v - dy).toFixed(1)} L${design.twoLegs ? u - 5 : u} ${v}`, width, design.feet)];
  });
}

function eyes(kind: Face["eyes"], y: number, ink: Paint): Part[] {
  if (kind === "closed") return [line(`M19 ${y} Q25 ${y + 8} 30 ${y} M38 ${y} Q43 ${y + 8} 49 ${y}`, 3.6, ink)];
  const open = [24.5, 43.5].flatMap((x) => [mark(ellipse(x, y, 5.8, 6.4), "#ffffff"), mark(ellipse(x, y + 0.8, 3.6, 4.2), "#17171a")]);
  if (kind === "sad") return [...open, line(`M16 ${y - 7} L28 ${y - 12} M52 ${y - 7} L40 ${y - 12}`, 4, ink)];
  if (kind === "angry") return [...open, line(`M15 ${y - 13} L31 ${y - 4} M53 ${y - 13} L37 ${y - 4}`, 6, "#17171a")];
  return open;
}

function mouth(kind: Face["mouth"], y: number, ink: Paint): Part[] {
  if (kind === "open") return [mark(ellipse(34, y + 4, 9, 9), "#5c0f18"), mark(ellipse(34, y + 8.5, 5.5, 3.8), "#f0697a")];
  if (kind === "frown") return [line(`M27 ${y + 4} Q34 ${y - 4} 41 ${y + 4}`, 4, ink)];
  if (kind === "teeth") return [mark(`M23 ${y - 1} L45 ${y - 1} L45 ${y + 8} L23 ${y + 8} Z`, "#17171a"), mark(`M25 ${y + 1} L43 ${y + 1} L43 ${y + 6} L25 ${y + 6} Z`, "#ffffff"), line(`M31 ${y + 1} L31 ${y + 6} M37 ${y + 1} L37 ${y + 6}`, 1.5, "#17171a")];
  return [line(`M28 ${y} Q34 ${y + 5} 40 ${y}`, 2.8, ink)];
}

/** An animal's natural coat. */
export function coatOf(animal: Animal): string {
  return designs[animal].natural;
}

/** An animal in a pose and with a face, painted later from `palette` (known here only to keep closed eyes visible on dark faces). */
export function drawAnimal(animal: Animal, pose: Pose, face: Face, palette: Palette): Drawing {
  const design = designs[animal];
  const skin = design.face === "main" ? palette.main : design.face;
  const ink: Paint = luma(skin) < 0.35 ? "#ffffff" : "#17171a";
  const muzzleInk: Paint = animal === "zebra" || (animal === "sheep" && ink === "#ffffff") ? "#ffffff" : "#3a1c18";
  const down = pose === "lie" ? 12 : 0, headDown = pose === "lie" ? 28 : 0, headAhead = pose === "run" ? -3 : 0;
  const head = [...design.ears, ...design.head, ...design.muzzle, ...eyes(face.eyes, design.eyeY, ink), ...mouth(face.mouth, design.mouthY, muzzleInk)];
  return [
    [...design.tail, ...legs(design, pose)].map((part) => moved(part, 0, down)),
    design.body.map((part) => moved(part, 0, down)),
    head.map((part) => moved(part, headAhead, headDown)),
  ];
}
