/** A user's own cases: a folder of folders, each with one or two pictures (in the order of their names) and, where a text goes with them, one .txt. */
import { existsSync, readdirSync, statSync } from "node:fs";
import { extname, join } from "node:path";
import { readWhole } from "../../files/json.ts";
import { sha256, sha256File } from "../../files/sha256.ts";
import { UserError } from "../../files/userError.ts";
import { decodeImage, type Image } from "../../images/image.ts";
import { resizeBicubicLikePillow } from "../../images/resize.ts";
import type { CaseSource } from "./cases.ts";
import { composeTasks, taskNamed, type TaskName } from "./tasks.ts";

interface OwnCase {
  readonly name: string;
  readonly images: readonly string[];
  readonly text: string;
}

const layout = "a folder for each case, with one or two pictures and, where a text goes with them, one .txt";

/** The longer side of a picture at most, in pixels; every reader sees it smaller. */
export const longest = 1024;

const isPicture = (name: string): boolean => /\.(jpe?g|png|webp|gif|tiff?|avif)$/i.test(name);

async function readPicture(path: string): Promise<Image> {
  const image = await decodeImage(path), { width, height } = image, factor = longest / Math.max(width, height), side = (x: number): number => Math.max(1, Math.round(x * factor));
  return factor >= 1 ? image : resizeBicubicLikePillow(image, side(width), side(height));
}

function caseIn(folder: string, name: string): OwnCase {
  const place = join(folder, name), files = readdirSync(place).filter((file) => !file.startsWith(".") && !statSync(join(place, file), { throwIfNoEntry: false })?.isDirectory()).sort(), images = files.filter(isPicture), texts = files.filter((file) => extname(file).toLowerCase() === ".txt");
  if (images.length < 1 || images.length > 2) throw new UserError(`${place}: ${images.length} pictures; a case has one or two`);
  if (texts.length > 1) throw new UserError(`${place}: ${texts.join(" and ")}; a case has one text at most`);
  return { name, images: images.map((file) => join(place, file)), text: texts.map((file) => readWhole(join(place, file)).toString("utf8").replace(/\s+/g, " ").trim()).join("") };
}

/** Reads a folder of cases; each serves every kind of input that it has the parts for, the first of two pictures for one. A UserError names what does not fit. */
export function folderCases(folder: string): CaseSource {
  if (!existsSync(folder) || !statSync(folder).isDirectory()) throw new UserError(`${folder}: no such folder; put your cases there or name their folder with --cases: ${layout}`);
  const cases = readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isDirectory() && !entry.name.startsWith(".")).map((entry) => entry.name).sort().map((name) => caseIn(folder, name));
  if (cases.length === 0) throw new UserError(`${folder}: holds no case; expected ${layout}`);
  const fitting = new Map(composeTasks.map((task): [TaskName, OwnCase[]] => [task.name, cases.filter(({ images, text }) => images.length >= task.images && (text !== "" || !task.text))]));
  return {
    label: "own cases", known: false, count: (task) => fitting.get(task)!.length,
    identity: sha256(cases.map(({ name, images, text }) => JSON.stringify([name, images.map((path) => sha256File(path)), text])).join("\n")),
    at(task, index) {
      const { name, images, text } = fitting.get(task)![index]!, { images: n, text: told } = taskNamed(task);
      return { name, text: told ? text : "", expected: [], images: () => Promise.all(images.slice(0, n).map(readPicture)) };
    },
  };
}
