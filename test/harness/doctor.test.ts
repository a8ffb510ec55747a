import { expect, it } from "vitest";
import { doctor } from "../../src/harness/doctor.ts";

it("finds that the CPU computes rightly, and says how to get what is missing", async () => {
  const { machine, devices, providers, models, advice } = await doctor("no/such/folder");
  expect(machine.cores).toBeGreaterThan(0);
  expect(providers.map(({ name }) => name)).toContain("cpu");
  expect(devices.find(({ device }) => device === "cpu")).toMatchObject({ ok: true });
  expect(models).toEqual([]);
  expect(advice).toContain("no/such/folder: no base models; make them with npm run pretrain -- all");
  for (const { device, ok } of devices) expect(advice.some((line) => line.startsWith(`${device}: `))).toBe(!ok);
});
