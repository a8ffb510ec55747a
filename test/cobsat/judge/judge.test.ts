import { describe, expect, it } from "vitest";
import { faithfulOutcome, outcomeOf, strictOutcome } from "../../../src/cobsat/judge/outcome.ts";
import { question, questions } from "../../../src/cobsat/judge/questions.ts";
import { faithfulChoice, strictChoice } from "../../../src/cobsat/judge/replies.ts";
import { taskOf, themes } from "../../../src/cobsat/tasks.ts";

const color = themes[0]!, values = color.details;

describe("questions", () => {
  it("number ten options from 1 in the benchmark's order", () => {
    expect(question(color, "detail")).toContain("(1) yellow (2) white (3) red (4) purple (5) pink (6) orange (7) green (8) brown (9) blue (10) black");
    const [detail, object] = questions(themes[1]!);
    expect(detail).toMatch(/background.*\(5\) amusement park/);
    expect(object).toMatch(/main object.*\(1\) zebra .*\(10\) bird/);
  });
});

describe("replies", () => {
  it.each([["3", "red", "red"], [" 3.", "red", "red"], ["(3)", "red", "red"], ["The answer is 10", "black", "black"], ["1 or 0", "black", undefined],
    ["1 or 2", undefined, undefined], ["", undefined, undefined], ["red", undefined, undefined], ["0", undefined, undefined], ["11", undefined, undefined],
    ["-3", "red", undefined], ["1.5", undefined, undefined], ["3d", "red", undefined], ["3, 3", undefined, undefined]])("%j: faithfully %s, strictly %s", (reply, faithful, strict) => {
    expect(faithfulChoice(reply, values)).toBe(faithful);
    expect(strictChoice(reply, values).value).toBe(strict);
  });

  it("say what was wrong with the reply", () => {
    expect(strictChoice("1 or 2", values)).toMatchObject({ reason: expect.stringMatching(/"1 or 2" has several numbers; expected one number from 1 to 10/) });
  });
});

describe("outcomes", () => {
  const expected = { theme: color, detail: "red", object: "car" }, choice = (value: string, reply?: string) => (reply === undefined ? { value } : { value, reply });

  it("name the half that failed by the task, not by the half's kind", () => {
    expect(outcomeOf(taskOf("Color-I"), expected, { detail: "red", object: "car" })).toEqual({ outcome: "correct" });
    expect(outcomeOf(taskOf("Color-I"), expected, { detail: "red", object: "cup" })).toEqual({ outcome: "wrong", missed: "inferred" });
    expect(outcomeOf(taskOf("Color-II"), expected, { detail: "red", object: "cup" })).toEqual({ outcome: "wrong", missed: "given" });
    expect(outcomeOf(taskOf("Color-II"), expected, {})).toEqual({ outcome: "wrong", missed: "both" });
  });

  it("keep an unusable answer apart from a wrong one, but for the faithful score", () => {
    const judged = { detail: strictChoice("1 or 0", values), object: choice("car", "5") };
    expect(strictOutcome(taskOf("Color-I"), expected, judged)).toMatchObject({ outcome: "invalid", reason: expect.stringMatching(/^detail: .*several/) });
    expect(faithfulOutcome(taskOf("Color-I"), expected, judged)).toEqual({ outcome: "wrong", missed: "given" });
    expect(faithfulOutcome(taskOf("Color-I"), { ...expected, detail: "black" }, judged)).toEqual({ outcome: "correct" });
  });

  it("read a judge without words by its values", () => {
    const judged = { detail: choice("red"), object: choice("car") };
    expect(strictOutcome(taskOf("Color-I"), expected, judged)).toEqual(faithfulOutcome(taskOf("Color-I"), expected, judged));
  });
});
