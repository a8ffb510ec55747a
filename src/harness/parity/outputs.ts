import type { Tensor } from "../../graph/tensor.ts";
import { compareFloats, compareIntegers, type AgreementRow } from "./agreement.ts";
import type { Pack, PackCase } from "./pack.ts";

/** One row for each output a case lists, found in `got` by its name after "<case>.out."; throws where one was not computed. */
export function compareOutputs(pack: Pack, { name, outputs, tolerance }: PackCase, got: Readonly<Record<string, Tensor>>): AgreementRow[] {
  return outputs.map((full) => {
    const want = pack.tensor(full), own = got[full.slice(`${name}.out.`.length)];
    if (!own) throw new Error(`${pack.folder}: output ${full} is not among those computed: ${Object.keys(got).join(", ")}`);
    if (own.shape.join() !== want.shape.join()) return { name: full, error: Infinity, tolerance, ok: false };
    return want.dtype === "int32" ? compareIntegers(full, own.data, want.data) : compareFloats(full, own.data, want.data, tolerance);
  });
}
