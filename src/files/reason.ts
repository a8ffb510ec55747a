import { z } from "zod";

/** Why something failed, in one line: what a schema found, or an error's message. */
export const reasonOf = (error: unknown): string => (error instanceof z.ZodError ? z.prettifyError(error) : error instanceof Error ? error.message : String(error)).replace(/\s*\n\s*/g, " ");
