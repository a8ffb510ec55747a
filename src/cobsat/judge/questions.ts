/** The two multiple-choice questions put to a vision-language judge (CoBSAT's protocol, in our wording). */
import { shownName } from "../vocabulary.ts";
import { valuesOf, type Half, type Theme } from "../tasks.ts";

/** The options of one half, numbered from 1 in the benchmark's order, in shown names. */
export const options = (theme: Theme, half: Half): string =>
  valuesOf(theme, half).map((value, i) => `(${i + 1}) ${shownName(value)}`).join(" ");

/** The question about one half of a picture; a right reply is a number only. */
export function question(theme: Theme, half: Half): string {
  const subject = half === "detail" ? `Which ${theme.detailSpace} does this image show (that of its main object, where it has one)?` : "Which main object does this image show?";
  return `${subject} Choose one of these options: ${options(theme, half)}. Reply with its number only, such as 1.`;
}

/** Both questions in the order they are asked: the detail, then the main object. */
export const questions = (theme: Theme): readonly [detail: string, object: string] => [question(theme, "detail"), question(theme, "object")];
