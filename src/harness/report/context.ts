import type { Records } from "../summary/summarise.ts";
import type { Summary } from "../summary/types.ts";

/** What every section of the report is made from. */
export interface ReportContext extends Records {
  readonly summary: Summary;
}

/** The numbers of shots that have samples, ascending. */
export const shotsOf = (summary: Summary): number[] => [...new Set(summary.averages.map((average) => average.shots))].sort((a, b) => a - b);
