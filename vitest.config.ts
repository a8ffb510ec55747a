import { defineConfig } from "vitest/config";

// Timeouts only catch hangs: machines are often loaded. Two workers keep native sessions from starving each other.
export default defineConfig({
  test: { include: ["test/**/*.test.ts"], testTimeout: 180_000, hookTimeout: 300_000, maxWorkers: 2 },
});
