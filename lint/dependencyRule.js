/**
 * An ESLint rule: imports inside src/ point downward in the layers, and packages with one owner are imported by it alone.
 * Since names of one layer may not import each other, there are no cycles between top-level folders.
 */
import { dirname, posix, relative, resolve } from "node:path";
import { layers, owners } from "./layers.js";

const depth = new Map(layers.flatMap((names, i) => names.map((name) => [name, i])));

/** What is wrong with an import of `specifier` in `file` (both slash-separated, `file` from the project's root); undefined where nothing is. */
export function importFault(file, specifier) {
  const [top, from] = file.split("/");
  if (top !== "src") return undefined;
  if (!specifier.startsWith(".")) {
    const name = specifier.split("/").slice(0, specifier.startsWith("@") ? 2 : 1).join("/"), own = Object.hasOwn(owners, name) ? owners[name] : undefined;
    if (!own || own.some((place) => (place.endsWith("/") ? file.startsWith(place) : file === place))) return undefined;
    return `${name} may be imported by ${own.join(", ")} only; add what you need there`;
  }
  const target = posix.join(posix.dirname(file), specifier).split("/");
  if (target[0] !== "src") return target.at(-1) === "package.json" ? undefined : `src may not import ${target.join("/")}, which lies outside it`;
  // cli.ts and src/cli/ are one part.
  const to = target[1], part = (name) => name.replace(/\.ts$/, "");
  if (part(from) === part(to)) return undefined;
  const unknown = [from, to].find((name) => !depth.has(name));
  if (unknown !== undefined) return `src/${unknown} has no layer; give it one in lint/layers.js`;
  if (depth.get(to) < depth.get(from)) return undefined;
  return `src/${from} may not import src/${to}: imports point downward (${layers.map((names) => names.join(", ")).join(" < ")})`;
}

/** @type {import("eslint").Rule.RuleModule} */
export const dependencyRule = {
  meta: { type: "problem", schema: [], messages: { fault: "{{fault}}" } },
  create(context) {
    const file = relative(context.cwd, resolve(dirname(context.filename), context.filename)).replaceAll("\\", "/");
    const check = (source) => {
      const fault = typeof source?.value === "string" ? importFault(file, source.value) : undefined;
      if (fault !== undefined) context.report({ node: source, messageId: "fault", data: { fault } });
    };
    const fromSource = (node) => check(node.source);
    return {
      ImportDeclaration: fromSource, ExportNamedDeclaration: fromSource, ExportAllDeclaration: fromSource, ImportExpression: fromSource,
      TSImportType: (node) => check(node.source ?? node.argument?.literal ?? node.argument),
    };
  },
};
