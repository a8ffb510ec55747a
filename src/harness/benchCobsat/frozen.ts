/** The frozen models of a sitting, opened and hashed when they are first asked for. */
import { openAutoencoder, openCheckedLvlm, openCheckedT5, openClip, openClipText, openFlux, openLlava, openTextT5 } from "../baseModels.ts";
import { openVision, type OpenedLvlm, type OpenedT5, type OpenedVision } from "../models.ts";
import { once } from "../once.ts";
import { requireModels, type ModelRole, type Profile } from "../profile.ts";

/** The frozen models an aligner stands between, each opened when it is first asked for. */
export interface Frozen {
  readonly lvlm: OpenedLvlm;
  readonly vision: OpenedVision;
  readonly t5: OpenedT5;
  /** The T5 whose encoder FLUX reads: the same one in micro, a relative of it in the paper. */
  readonly textT5: OpenedT5;
}

/** The models an aligner stands between, opened and hashed when first asked for. */
export function lazyFrozen({ models, tokenizers }: Profile): Frozen {
  const lvlm = once(() => openCheckedLvlm(models.lvlm)), vision = once(() => openVision(models.vision)), t5 = once(() => openCheckedT5(models.t5)), textT5 = once(() => openTextT5(models["t5-text"], tokenizers?.["t5-text"]));
  return { get lvlm() { return lvlm(); }, get vision() { return vision(); }, get t5() { return t5(); }, get textT5() { return textT5(); } };
}

/** Opens the models that will be needed, so that one that is missing or does not fit is told before anything runs. */
export function checkModels(profile: Profile, frozen: Frozen, needed: ReadonlySet<ModelRole>): void {
  const { models, imageSize, judges } = profile;
  requireModels(profile, [...needed]);
  const openers: Readonly<Partial<Record<ModelRole, () => unknown>>> = {
    lvlm: () => frozen.lvlm, vision: () => frozen.vision, t5: () => frozen.t5, "t5-text": () => frozen.textT5, flux: () => openFlux(models.flux), vae: () => openAutoencoder(models.vae, imageSize), clip: () => openClipText(models.clip),
  };
  for (const role of needed) openers[role]?.();
  for (const judge of judges) if (judge.kind !== "http" && needed.has(judge.role)) ({ clip: openClip, llava: openLlava })[judge.kind](models[judge.role]);
}
