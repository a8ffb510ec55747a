import { join } from "node:path";
import { readJson } from "../../files/json.ts";
import { UserError } from "../../files/userError.ts";
import type { Executor } from "../../graph/executor.ts";
import { checkTokenizerPack } from "../../text/checkPack.ts";
import type { AgreementRow } from "./agreement.ts";
import { checkAlignerPack } from "./aligner.ts";
import { checkAutoencoderPack } from "./autoencoder.ts";
import { checkClipPack } from "./clip.ts";
import { checkEvaVitPack } from "./evaVit.ts";
import { checkFactsPack } from "./facts.ts";
import { checkFluxPack } from "./flux.ts";
import { checkFluxSamplerPack } from "./fluxSampler.ts";
import { checkLlavaPack } from "./llava.ts";
import { checkPthPack } from "./pth.ts";
import { checkQwen2VLPack } from "./qwen2vl.ts";
import { checkT5Pack } from "./t5.ts";

type Check = (folder: string, executor: Executor) => AgreementRow[] | Promise<AgreementRow[]>;

/** The check of each pack.json's "architecture". */
const checks: Readonly<Record<string, Check>> = {
  t5: checkT5Pack,
  aligner: checkAlignerPack,
  qwen2_vl: checkQwen2VLPack,
  blip_2_vision_model: checkEvaVitPack,
  clip: checkClipPack,
  FluxTransformer2DModel: checkFluxPack,
  FluxPipeline: checkFluxSamplerPack,
  AutoencoderKL: checkAutoencoderPack,
  llava: checkLlavaPack,
  checkpoint: checkPthPack,
  tokenizers: checkTokenizerPack,
  random: checkFactsPack,
  statistics: checkFactsPack,
};

function architectureOf(folder: string): string {
  const file = join(folder, "pack.json");
  const value = readJson(file, `${folder} is no whole reference pack`);
  const { format, architecture } = (value ?? {}) as { format?: unknown; architecture?: unknown };
  if (format !== 1 || typeof architecture !== "string") throw new UserError(`${file}: expected {"format": 1, "architecture": "..."}, found format ${JSON.stringify(format)}, architecture ${JSON.stringify(architecture)}`);
  return architecture;
}

/** Compares our implementation with a reference pack of any kind, one row per output; a folder that is no pack or of an architecture that is not implemented is a UserError. */
export async function checkPack(folder: string, executor: Executor): Promise<AgreementRow[]> {
  const architecture = architectureOf(folder), check = Object.hasOwn(checks, architecture) ? checks[architecture] : undefined;
  if (!check) throw new UserError(`${join(folder, "pack.json")}: ${architecture} is not implemented; implemented are ${Object.keys(checks).join(", ")}`);
  return check(folder, executor);
}
