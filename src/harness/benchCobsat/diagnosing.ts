import { UserError } from "../../files/userError.ts";
import { openDiagnosis } from "../diagnostics/diagnose.ts";
import { notice } from "../progress.ts";
import { readDiagnostics } from "../runs/diagnostics.ts";
import type { AlignerSource } from "./aligners.ts";
import { goOn, type Session } from "./session.ts";

/** Puts the diagnostics of trained aligners on the run's record, once for each arm and seed; where a model that they need is not on this machine they are left out, and that is told. */
export async function diagnose(session: Session, trained: Iterable<AlignerSource>): Promise<void> {
  const { run } = session, known = new Set(readDiagnostics(run.folder).map(({ arm, seed }) => `${arm}/${seed}`)), open = [...trained].filter(({ arm, seed }) => !known.has(`${arm}/${seed}`));
  if (open.length === 0) return;
  try {
    const diagnosis = await openDiagnosis(session);
    try {
      for (const source of open) {
        goOn(session);
        const measured = await diagnosis.measure(source);
        if (measured) run.appendDiagnostics({ arm: source.arm, seed: source.seed, ...measured });
      }
    } finally {
      await diagnosis.release();
    }
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    notice("aligned features were not compared with T5's states", [error.message]);
  }
}
