/** Reading a judge's reply to a numbered question, as published and strictly. */
import type { Choice } from "./judge.ts";

/** As published: all digits of the reply are joined into one number ("1 or 2" is 12); undefined where that is no option. */
export function faithfulChoice(reply: string, values: readonly string[]): string | undefined {
  const digits = reply.replace(/[^0-9]/g, "");
  return digits === "" ? undefined : values[Number(digits) - 1];
}

/** A value only where the reply holds exactly one number and it is an option's; otherwise the reason. */
export function strictChoice(reply: string, values: readonly string[]): Choice {
  const numbers = (reply.match(/[\w.+-]*\d[\w.+-]*/g) ?? []).map((word) => word.replace(/\.+$/, ""));
  const shown = JSON.stringify(reply.length > 60 ? `${reply.slice(0, 60)}...` : reply);
  const invalid = (problem: string): Choice => ({ reason: `judge's reply ${shown} ${problem}; expected one number from 1 to ${values.length}`, reply });
  if (numbers.length === 0) return invalid("has no number");
  if (numbers.length > 1) return invalid("has several numbers");
  const number = /^\d+$/.test(numbers[0]!) ? Number(numbers[0]) : NaN;
  const value = values[number - 1];
  return value === undefined ? invalid("is not an option's number") : { value, reply };
}
