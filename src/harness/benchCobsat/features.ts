/** Stage "features": the LVLM answers every block that an unfinished sample needs. */
import { startProgress } from "../progress.ts";
import { readsLvlm } from "./arms.ts";
import { lazily } from "./lazily.ts";
import { lvlmReader, posedOf } from "./reader.ts";
import { textLine } from "./scoring.ts";
import { goOn, openSamples, type Session } from "./session.ts";
import { hasWritten, readWritten, saveWritten } from "./written.ts";

/** Writes the missing answers and scores the rung "lvlm-text", which needs nothing else. */
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
}
