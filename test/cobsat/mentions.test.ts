import { describe, expect, it } from "vitest";
import { mentions } from "../../src/cobsat/mentions.ts";

describe("mentions", () => {
  it.each([
    ["A Red wooden car.", { color: ["red"], texture: ["wood"] }, ["car"]],
    ["Two cats are swimming in an amusement park", { background: ["park"], action: ["swim"] }, ["cat"]],
    ["a wireframe box and 3D leaves", { style: ["3d"] }, ["leaf", "box"]],
    ["a predicate, a carpet, a catalog, redden, scared, boldness", {}, []],
    ["black and white", { color: ["white", "black"] }, []],
  ])("%s", (text, details, subjects) => {
    expect(mentions(text)).toEqual({ details: { color: [], background: [], style: [], action: [], texture: [], ...details }, subjects });
  });
});
