/** A mistake the caller can mend, told in one line without a stack trace; `exitCode` 1 is a failed run, 2 a wrong command line. */
export class UserError extends Error {
  readonly exitCode: 1 | 2;

  constructor(message: string, exitCode: 1 | 2 = 1, options?: ErrorOptions) {
    super(message, options);
    this.name = "UserError";
    this.exitCode = exitCode;
  }
}
