import { join } from "node:path";
import { z } from "zod";
import { readJsonAs } from "../../files/json.ts";
import { openPth, readPthTensor, type PthFile } from "../../weights/pth.ts";
import { openSafetensors, readTensor, type SafetensorsFile } from "../../weights/safetensors.ts";
import type { AgreementRow } from "./agreement.ts";

const packShape = z.object({
  architecture: z.literal("checkpoint"),
  cases: z.array(z.object({ name: z.string(), kind: z.literal("checkpoint"), file: z.string(), expected: z.string(), settings: z.object({ epoch: z.number().nullable() }) })).min(1),
});

/** A row whose error counts what differs, of which nothing may. */
const exact = (name: string, differing: number): AgreementRow => ({ name, error: differing, tolerance: 0, ok: differing === 0 });

/** How many bytes of a tensor differ, in its stored dtype; all of them where shape or dtype do. */
function differingBytes(pth: PthFile, want: SafetensorsFile, name: string): number {
  const expected = readTensor(want, name), found = readPthTensor(pth, name);
  const bytes = ({ data }: { readonly data: ArrayBufferView }): Uint8Array => new Uint8Array(data.buffer, data.byteOffset, data.byteLength), a = bytes(found), b = bytes(expected);
  if (found.dtype !== expected.dtype || found.shape.join() !== expected.shape.join()) return Math.max(1, b.length);
  return b.reduce((count, byte, i) => count + Number(byte !== a[i]), 0);
}

/** Compares .pth files with the tensors they were written from ("checkpoint" packs): names, and every tensor's dtype, shape and bytes. */
export function checkPthPack(folder: string): AgreementRow[] {
  const { cases } = readJsonAs(join(folder, "pack.json"), (json) => packShape.parse(json));
  return cases.flatMap(({ name, file, expected, settings }) => {
    const pth = openPth(join(folder, file)), want = openSafetensors(join(folder, expected));
    const names = [...want.tensors.keys()], shared = names.filter((tensor) => pth.tensors.has(tensor));
    return [
      exact(`${name}.names`, names.length - shared.length + [...pth.tensors.keys()].filter((tensor) => !want.tensors.has(tensor)).length),
      exact(`${name}.epoch`, Number((pth.scalars.get("epoch") ?? null) !== settings.epoch)),
      ...shared.map((tensor) => exact(`${name}.${tensor}`, differingBytes(pth, want, tensor))),
    ];
  });
}
