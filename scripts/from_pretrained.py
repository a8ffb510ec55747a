"""Loads model folders with transformers and diffusers, and fails where one has a tensor too few, too many or of another shape.

    python scripts/from_pretrained.py [folder ...]      # by default every model folder of assets/micro

Needs torch, transformers 4.46.3 and diffusers 0.32.2; reads nothing but the folders.
"""
import json
import os
import sys
from pathlib import Path

os.environ.setdefault("HF_HUB_OFFLINE", "1")

import diffusers
import transformers
from safetensors.torch import load_file

WEIGHTS = ("model.safetensors", "diffusion_pytorch_model.safetensors", "pytorch_model.bin")


def load(folder: Path) -> tuple[object, dict]:
    config = json.loads((folder / "config.json").read_text())
    if "_class_name" in config:
        return getattr(diffusers, config["_class_name"]).from_pretrained(folder, output_loading_info=True)
    kind, options = getattr(transformers, config["architectures"][0]), {}
    if kind is transformers.Blip2VisionModel:
        # BLIP-2's folders nest the tower's configuration and name its tensors "vision_model.*", as the whole model does.
        options["config"] = transformers.Blip2VisionConfig(**config["vision_config"])
        kind.base_model_prefix = "vision_model"
    return kind.from_pretrained(folder, output_loading_info=True, **options)


def faults(folder: Path) -> tuple[str, int, list[str]]:
    model, info = load(folder)
    found = [f"{what.removesuffix('_keys')}: {key}" for what, keys in info.items() for key in sorted(keys, key=str)]
    state, stored = model.state_dict(), {name: tensor for file in sorted(folder.glob("*.safetensors")) for name, tensor in load_file(file).items()}
    loaded = {name: state.get(name, state.get(name.removeprefix("vision_model."))) for name in stored}
    found += [f"not loaded as stored: {name}" for name, tensor in loaded.items() if tensor is None or tensor.shape != stored[name].shape or not (tensor == stored[name]).all()]
    found += [f"not finite: {name}" for name, tensor in state.items() if tensor.is_floating_point() and not tensor.isfinite().all()]
    return type(model).__name__, sum(p.numel() for p in model.parameters()), found


def main() -> int:
    folders = [Path(name) for name in sys.argv[1:]] or sorted(p for p in Path("assets/micro").iterdir() if any((p / name).exists() for name in WEIGHTS))
    failed = 0
    for folder in folders:
        try:
            name, parameters, found = faults(folder)
        except Exception as error:  # whatever a library throws is a fault of the folder
            name, parameters, found = type(error).__name__, 0, [" ".join(str(error).split())[:300]]
        failed += bool(found)
        print(f"{folder}: {name}, {parameters:,} parameters: {'FAIL' if found else 'ok'}", *found[:10], sep="\n  " if found else "")
    print(f"{len(folders) - failed} of {len(folders)} load (transformers {transformers.__version__}, diffusers {diffusers.__version__})")
    return 1 if failed or not folders else 0


if __name__ == "__main__":
    sys.exit(main())
