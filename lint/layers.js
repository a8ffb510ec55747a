/** The dependency rule as data: who may import whom inside src/, and which folders own a package. */

/** Top-level names under src/, lowest layer first. A layer imports lower ones; names of one layer do not import each other. */
export const layers = [
  ["files", "random"],
  ["graph", "http"],
  ["ops"],
  ["autodiff"],
  ["onnx"],
  ["weights", "text", "images"],
  ["models", "tfjs"],
  ["training"],
  ["cobsat"],
  ["micro"],
  ["ablations"],
  ["harness"],
  ["cli", "cli.ts"],
];

/** Packages that only these paths (files, or folders ending in "/") may import. */
export const owners = {
  "@huggingface/hub": ["src/weights/hub/"],
  "@huggingface/jinja": ["src/text/"],
  "@huggingface/tokenizers": ["src/text/"],
  "@tensorflow/tfjs": ["src/tfjs/"],
  "onnxruntime-node": ["src/onnx/"],
  sharp: ["src/images/", "src/micro/world/rasterize.ts"],
  yargs: ["src/cli/", "src/cli.ts"],
};
