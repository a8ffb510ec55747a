"""The benchmark's workloads in PyTorch: reads one JSON message a line, answers with one. {"load": name, "folder": ...} or {"step": true}."""
import inspect
import json
import sys
import time

import torch
from safetensors.torch import load_file, save_file

threads = int(sys.argv[1])
torch.set_num_threads(threads)


def aligner_step(folder, feeds):
    from transformers import T5ForConditionalGeneration
    from transformers.modeling_outputs import BaseModelOutput
    from transformers.models.t5.modeling_t5 import T5LayerNorm

    t5 = T5ForConditionalGeneration.from_pretrained(folder).float().eval().requires_grad_(False)
    width, given = t5.config.d_model, feeds["features"].shape[-1]
    aligner = torch.nn.Sequential(torch.nn.Linear(given, width), torch.nn.GELU(), torch.nn.Linear(width, width), T5LayerNorm(width, t5.config.layer_norm_epsilon))
    aligner.load_state_dict({name[len("mm_projector."):]: x for name, x in feeds.items() if name.startswith("mm_projector.")})
    optimizer = torch.optim.AdamW(aligner.parameters(), lr=1e-4, betas=(0.9, 0.999), weight_decay=0.05)
    mask, labels = feeds["mask"].long(), feeds["labels"].long()

    def step():
        states = BaseModelOutput(last_hidden_state=aligner(feeds["features"]))
        loss = t5(encoder_outputs=states, attention_mask=mask, labels=labels, use_cache=False).loss
        optimizer.zero_grad()
        loss.backward()
        norm = torch.stack([p.grad.norm() for p in aligner.parameters()]).norm()
        optimizer.step()
        return norm.reshape(())

    return step


def flux_step(folder, feeds):
    from diffusers import FluxTransformer2DModel

    model = FluxTransformer2DModel.from_pretrained(folder).float().eval()
    inputs = {name: feeds[name] for name in ("hidden_states", "encoder_hidden_states", "pooled_projections", "timestep", "img_ids")}
    inputs["txt_ids"] = torch.zeros(feeds["encoder_hidden_states"].shape[1], 3)
    if "guidance" in feeds:
        inputs["guidance"] = feeds["guidance"]

    @torch.no_grad()
    def step():
        return model(**inputs, return_dict=False)[0]

    return step


def qwen2vl(folder):
    from transformers import Qwen2VLForConditionalGeneration

    return Qwen2VLForConditionalGeneration.from_pretrained(folder).float().eval()


def lvlm_prefill(folder, feeds):
    model, ids = qwen2vl(folder), feeds["inputIds"].long()
    inputs = dict(
        input_ids=ids, attention_mask=feeds["mask"].long(), position_ids=feeds["positions"].long(), pixel_values=feeds["patches"].flatten(0, 1),
        image_grid_thw=torch.tensor([[1, 8, 8]] * feeds["patches"].shape[0]),
    )
    # Keywords that came with later releases of transformers.
    later = dict(logits_to_keep=1, mm_token_type_ids=(ids == model.config.image_token_id).int())
    known = inspect.signature(model.forward).parameters
    inputs.update({name: x for name, x in later.items() if name in known})

    @torch.no_grad()
    def step():
        return model(**inputs, use_cache=True).logits[:, -1]

    return step


def lvlm_decode(folder, feeds):
    from transformers import DynamicCache

    model, count = qwen2vl(folder), int(feeds["writtenCount"])
    cache = DynamicCache()
    for layer in range(model.config.get_text_config().num_hidden_layers):
        joined = [torch.cat([feeds[f"prompt.{part}.{layer}"], feeds[f"written.{part}.{layer}"][..., :count, :]], 3).squeeze(2) for part in ("keys", "values")]
        cache.update(joined[0], joined[1], layer)
    length = cache.get_seq_length()
    mask = torch.ones(feeds["ids"].shape[0], length + 1, dtype=torch.long)

    @torch.no_grad()
    def step():
        logits = model(input_ids=feeds["ids"].long(), attention_mask=mask, position_ids=feeds["positions"].long(), past_key_values=cache, use_cache=True).logits[:, -1]
        cache.crop(length)
        return logits

    return step


LOADERS = {"aligner-step": aligner_step, "flux-step": flux_step, "lvlm-prefill": lvlm_prefill, "lvlm-decode": lvlm_decode}


def say(message):
    print(json.dumps(message), flush=True)


say({"version": torch.__version__})
current = None
for line in sys.stdin:
    message = json.loads(line)
    if "load" in message:
        folder = message["folder"]
        current = LOADERS[message["load"]](folder, load_file(f"{folder}/feeds.safetensors"))
        save_file({"result": current().float().contiguous()}, f"{folder}/result.safetensors")
        say({"loaded": True})
    else:
        began = time.perf_counter()
        current()
        say({"seconds": time.perf_counter() - began})
