/** Stage "features": the LVLM answers every block that an unfinished sample needs. */
import { startProgress } from "../progress.ts";
import { readsLvlm } from "./arms.ts";
import { carriedTraining, carryFeatures, carryTraining } from "../aligner/carried.ts";
import { featureRecipe, featuresIdentity } from "../features/recipe.ts";
import { likelyTrained } from "./aligners.ts";
import { lazily } from "./lazily.ts";
import { alignerInRun } from "./needs.ts";
import { lvlmReader, posedOf } from "./reader.ts";
import { textLine } from "./scoring.ts";
import { goOn, openSamples, type Session } from "./session.ts";
import { hasWritten, readWritten, saveWritten } from "./written.ts";

/** Puts into the run folder what the training of aligners needs of the LVLM: always what is small, and its features where no finished aligner of these makings is at hand. */
async function carryForTraining({ run: { folder }, profile, executor, frozen, trainings, retrain, signal }: Session): Promise<void> {
  const { images, samples, recipe = featureRecipe } = profile.aligner, missing = trainings.map(({ experiment }) => experiment).filter((experiment) => alignerInRun(folder, experiment, retrain) === undefined);
  if (missing.length === 0) return;
  const known = carriedTraining(folder), source = { lvlm: frozen.lvlm, images, recipe };
  if (known === undefined) carryTraining(folder, source, samples);
  const untrained = missing.filter((experiment) => retrain || !likelyTrained(profile, experiment, featuresIdentity(source), samples));
  if (untrained.length > 0) await carryFeatures(folder, source, untrained, samples, { executor, cache: profile.cache, ...(signal ? { signal } : {}) });
}

/** Writes the missing answers and scores the rung "lvlm-text", which needs nothing else; a request that ends here leaves what training needs, too. */
export async function featureStage(session: Session): Promise<void> {
  const { run, request, profile, executor, frozen, clock } = session, { folder } = run;
  const blocks = session.blocks.filter((block) => openSamples(session, block, readsLvlm).length > 0);
  const missing = blocks.filter((block) => !hasWritten(folder, block)).length;
  const progress = startProgress("the LVLM reads and writes", blocks.length, { alreadyDone: blocks.length - missing });
  const reader = lazily(() => lvlmReader(executor, frozen.lvlm, profile, request.seed));
  try {
    for (const block of blocks) {
      goOn(session);
      await clock.time("features", async () => {
        const found = hasWritten(folder, block);
        if (!found) saveWritten(folder, block, await (await reader.get()).write(block));
        const open = openSamples(session, block, (arm) => arm === "lvlm-text"), written = open.length > 0 ? readWritten(folder, block) : [];
        run.appendSamples(open.map((sample) => {
          const { text, seconds } = written[sample.prompt - block.first]!;
          return textLine({ sample, posed: posedOf(block, sample.prompt), seed: request.seed, text, seconds });
        }));
        if (!found) progress.add();
      });
      clock.flush();
    }
  } finally {
    await reader.release();
    progress.finish();
  }
  if (request.last === "features") await clock.time("features", () => carryForTraining(session));
  clock.flush();
}
