import js from "@eslint/js";
import { defineConfig, globalIgnores } from "eslint/config";
import tseslint from "typescript-eslint";
import { dependencyRule } from "./lint/dependencyRule.js";

const page = ["document", "window", "getComputedStyle", "matchMedia", "addEventListener", "Chart"], node = ["process", "console", "URL", "Buffer", "performance"];
const readonly = (names) => Object.fromEntries(names.map((name) => [name, "readonly"]));

export default defineConfig(
  globalIgnores(["node_modules/", "coverage/", "reports/", "assets/", ".cache/", "test/oracle/"]),
  js.configs.recommended,
  tseslint.configs.recommended,
  {
    plugins: { project: { rules: { layers: dependencyRule } } },
    rules: {
      "project/layers": "error",
      eqeqeq: "error",
      "no-console": "error",
      "no-else-return": "error",
      "no-implicit-coercion": "error",
      "no-param-reassign": "error",
      "no-template-curly-in-string": "error",
      "no-throw-literal": "error",
      "object-shorthand": "error",
      "prefer-const": ["error", { destructuring: "all" }],
      "@typescript-eslint/consistent-type-imports": ["error", { fixStyle: "inline-type-imports", disallowTypeAnnotations: false }],
      "@typescript-eslint/no-explicit-any": "error",
      "@typescript-eslint/no-unused-vars": ["error", { argsIgnorePattern: "^_", varsIgnorePattern: "^_", ignoreRestSiblings: true }],
      "@typescript-eslint/no-import-type-side-effects": "error",
      // Indices that a loop's bounds keep in range are asserted with "!": noUncheckedIndexedAccess asks for it.
      "@typescript-eslint/no-non-null-assertion": "off",
    },
  },
  { files: ["**/*.js"], languageOptions: { globals: readonly(node) } },
  { files: ["benchmarks/**", "test/**"], rules: { "no-console": "off" } },
  { files: ["src/harness/report/page.js"], languageOptions: { sourceType: "script", globals: readonly(page) }, rules: { strict: "off" } },
);
