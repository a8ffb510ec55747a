import { UserError } from "../files/userError.ts";
import { command, print, printJson } from "./command.ts";
import { options } from "./options.ts";

const gib = (bytes: number): string => `${(bytes / 2 ** 30).toFixed(1)} GiB`;

export const doctor = command({
  usage: "doctor",
  describe: "Say what this machine has, what is missing and how to get it",
  build: (yargs) => yargs.option("json", options.json),
  async run({ json }) {
    const found = await (await import("../harness/doctor.ts")).doctor("assets/micro"), { machine, devices } = found;
    if (json) printJson(found);
    else {
      print(`machine    ${machine.cpu}, ${machine.cores} cores, ${gib(machine.memoryBytes)} memory (${gib(found.freeMemoryBytes)} free), ${machine.platform} ${machine.arch}`);
      print(`libraries  ${Object.entries(found.versions).map(([name, version]) => `${name} ${version}`).join(", ")}`);
      print(`providers  ${found.providers.map(({ name, bundled }) => `${name}${bundled ? "" : " (not bundled)"}`).join(", ")}`);
      for (const { name, memoryBytes, driver } of found.adapters) print(`adapter    ${name}${memoryBytes === undefined ? "" : `, ${gib(memoryBytes)}`}${driver === undefined ? "" : `, driver ${driver}`}`);
      if (found.adapters.length === 0) print("adapter    none found");
      if (found.vulkan) print(`vulkan     loader ${found.vulkan.loader ? "found" : "not found"}, drivers: ${found.vulkan.drivers.join(", ") || "none"}`);
      print(`cuda       ${Object.entries(found.cuda).map(([name, there]) => `${name} ${there ? "found" : "not found"}`).join(", ")}`);
      for (const { device, ok, error, reason, gflopsPerSecond } of devices) print(`device     ${device}: ${ok ? `ok, largest error ${error!.toPrecision(2)}, ${gflopsPerSecond!.toFixed(1)} GFLOPS on a small product` : `not usable (${reason})`}`);
      print(`models     ${found.models.length > 0 ? found.models.join(", ") : "none"}`);
      for (const line of found.advice) print(`missing    ${line}`);
    }
    if (!devices.some(({ device, ok }) => device === "cpu" && ok)) throw new UserError(`the CPU does not compute: ${devices.find(({ device }) => device === "cpu")!.reason}`);
    return 0;
  },
});
