import type { ObjectName } from "../../cobsat/vocabulary.ts";
import { ellipse, line, mark, polygon, rectangle, rope, shape } from "./shapes.ts";
import type { Drawing } from "./shapes.ts";

/** An object's one canonical drawing and the colour it has when no detail paints it. */
export interface ObjectDesign {
  readonly natural: string;
  readonly drawing: Drawing;
}

const leaf: Drawing = [
  [rope("M5 95 L30 70", 7, "shade")],
  [shape("M18 74 C4 38 40 8 94 5 C96 56 68 96 28 84 Q21 82 18 74 Z"), line("M26 77 Q50 50 80 20", 4.5), line("M40 62 L38 36 M54 46 L53 22 M44 58 L68 62 M58 43 L80 44", 3.5)],
];

const hat: Drawing = [
  [shape(ellipse(50, 76, 47, 16))],
  [shape("M24 74 C26 52 24 30 21 16 C28 6 72 6 79 16 C76 30 74 52 76 74 C66 82 34 82 24 74 Z"), mark(ellipse(50, 15, 27, 7), "light"), mark("M24 74 Q25 66 25 57 C38 65 62 65 75 57 Q75 66 76 74 C66 82 34 82 24 74 Z", "shade")],
];

const cup: Drawing = [
  [shape("M66 32 C104 26 104 76 64 76 L65 65 C86 64 86 42 67 44 Z", "shade")],
  [shape("M8 22 C10 50 12 70 18 86 C22 97 60 97 64 86 C70 70 72 50 74 22 C66 12 16 12 8 22 Z"), mark(ellipse(41, 22, 31, 8.5), "shade"), mark(ellipse(41, 24, 24, 5), "#4a2a16"), mark("M18 42 Q20 64 25 80 Q30 82 31 78 Q26 62 25 42 Q21 38 18 42 Z", "light")],
];

const chair: Drawing = [
  [rope("M66 56 L70 84", 7, "shade"), rope("M34 56 L33 82", 7, "shade")],
  [shape("M20 3 L64 3 Q69 3 69 8 L69 52 L17 52 L15 8 Q15 3 20 3 Z M25 14 L25.500 48 L33 48 L33 14 Z M40 14 L40 48 L48 48 L48 14 Z M55 14 L55 48 L62 48 L62 14 Z")],
  [rope("M19 66 L17 95", 8.5), rope("M80 66 L82 95", 8.5), shape("M17 48 L69 48 L90 60 Q92 70 86 71 L18 71 Q10 70 9 60 Z", "light"), mark("M9 60 L90 60 Q92 70 86 71 L18 71 Q10 70 9 60 Z", "main")],
];

const car: Drawing = [
  [shape("M4 66 C4 50 8 48 22 46 C30 26 36 22 48 22 L62 22 C74 22 78 32 84 46 C96 48 97 54 97 66 Q97 76 90 76 L10 76 Q4 76 4 66 Z"), mark("M28 46 C34 32 38 29 48 29 L48 46 Z", "#cdeefa"), mark("M54 29 L60 29 C68 29 72 36 76 46 L54 46 Z", "#cdeefa"), mark(rectangle(4, 62, 93, 7, 2), "shade"), mark(ellipse(93, 55, 4, 4), "#fff3b0"), line("M56 52 L63 52", 3.5)],
  [shape(ellipse(26, 76, 13.5), "#26262b"), mark(ellipse(26, 76, 6), "#d8d8dc")],
  [shape(ellipse(76, 76, 13.5), "#26262b"), mark(ellipse(76, 76, 6), "#d8d8dc")],
];

const box: Drawing = [
  [shape(polygon(50, 5, 92, 24, 92, 74, 50, 96, 8, 74, 8, 24)), mark(polygon(50, 5, 92, 24, 50, 44, 8, 24), "light"), mark(polygon(92, 24, 92, 74, 50, 96, 50, 44), "shade"), mark(polygon(24, 17, 66, 36.5, 66, 52, 76, 47, 76, 32, 34, 12), "#efe2c0"), line("M50 44 L50 95 M8 24 L50 44 L92 24", 2.5, "#2b2320")],
];

const book: Drawing = [
  [shape("M14 14 Q14 5 24 5 L82 5 L88 12 L88 94 L26 94 Q14 94 14 84 Z", "shade"), mark("M24 80 L86 80 L86 91 L26 91 Q19 91 19 85 Q19 80 24 80 Z", "#fdf9ea"), line("M24 85 L86 85", 2, "#b8b09a")],
  [shape("M14 14 Q14 5 24 5 L84 5 L84 78 L25 78 Q14 78 14 86 Z"), line("M27 6 L27 77", 4), mark(rectangle(37, 17, 38, 20, 2), "#fdf9ea"), line("M43 24 L69 24 M47 31 L65 31", 3, "#55504a"), mark(polygon(64, 76, 64, 97, 69, 91, 74, 97, 74, 76), "#e8b923")],
];

const ball: Drawing = [
  [shape(ellipse(50, 50, 45)), mark("M50 5 C20 14 20 86 50 95 C42 80 42 20 50 5 Z", "light"), mark("M50 5 C80 14 80 86 50 95 C58 80 58 20 50 5 Z", "light"), line("M50 6 L50 94 M6 50 L94 50 M18 20 C42 36 42 64 18 80 M82 20 C58 36 58 64 82 80", 3.6), mark(ellipse(31, 24, 9, 5.5, -40), "#ffffff")],
];

const bag: Drawing = [
  [rope("M30 44 C28 -6 72 -6 70 44", 7, "shade")],
  [shape("M16 38 Q16 34 21 34 L79 34 Q84 34 84 38 L94 86 Q95 95 86 95 L14 95 Q5 95 6 86 Z")],
  [shape("M16 37 Q16 33 21 33 L79 33 Q84 33 84 37 L87 52 Q70 70 50 70 Q30 70 13 52 Z", "shade"), mark(rectangle(43, 60, 14, 16, 3), "#f4cf4d"), mark(ellipse(50, 68, 3), "#5b4310")],
];

const apple: Drawing = [
  [rope("M51 32 Q48 18 56 6", 6, "#5e3a1c"), shape("M55 20 C62 2 82 4 90 6 C86 24 70 28 55 20 Z", "#4caf3a")],
  [shape("M50 30 C60 18 94 18 94 52 C94 78 74 98 62 96 Q50 91 38 96 C26 98 6 78 6 52 C6 18 40 18 50 30 Z"), mark("M62 96 C74 98 94 78 94 52 Q94 34 84 28 C88 60 76 84 56 93 Z", "shade"), mark("M18 40 C22 32 30 30 34 31 C26 36 22 44 22 54 C16 52 15 46 18 40 Z", "light"), line("M40 31 Q50 40 60 31", 3.5)],
];

/** Every object in its box of 100 x 100 units. */
export const objectDesigns: Record<ObjectName, ObjectDesign> = {
  leaf: { natural: "#5bb046", drawing: leaf },
  hat: { natural: "#5a4a78", drawing: hat },
  cup: { natural: "#3fa9b8", drawing: cup },
  chair: { natural: "#b5773c", drawing: chair },
  car: { natural: "#d8392f", drawing: car },
  box: { natural: "#c99a5b", drawing: box },
  book: { natural: "#2f5fa8", drawing: book },
  ball: { natural: "#f08428", drawing: ball },
  bag: { natural: "#c2548a", drawing: bag },
  apple: { natural: "#d42a30", drawing: apple },
};
