/** A text with control characters (of names in files, which would steer the terminal they are shown on) as their codes; line ends between findings stay. */
// eslint-disable-next-line no-control-regex
export const printable = (text: string): string => text.replace(/[\0-\x09\x0b-\x1f\x7f-\x9f]/g, (character) => `\\x${character.charCodeAt(0).toString(16).padStart(2, "0")}`);

/** A mistake the caller can mend, told in one line without a stack trace; `exitCode` 1 is a failed run, 2 a wrong command line. */
export class UserError extends Error {
  readonly exitCode: 1 | 2;

  constructor(message: string, exitCode: 1 | 2 = 1, options?: ErrorOptions) {
    super(printable(message), options);
    this.name = "UserError";
    this.exitCode = exitCode;
  }
}
