/** Memory of an idle kernel. */
import { setTimeout as sleep } from "node:timers/promises";
import type { Measurement } from "../measurement.ts";
import { memoryOf, processTree } from "../processes.ts";
import { startSession, within } from "../session.ts";

const settleMs = 3000;

/** All processes of a kernel that has run one cell. */
export const idleMemory: Measurement = {
  rows: [{ name: "idle memory of all processes", unit: "MB", goal: "<= 220" }],
  rounds: 3,
  async sample(kernel) {
    const session = await startSession(kernel);
    try {
      await session.subscribed();
      if (!(await within(session.execute(kernel.code.trivial).idle, 10_000))) return [{ note: "failed" }];
      await sleep(settleMs);
      const bytes = processTree(session.child.pid ?? 0).reduce((sum, pid) => sum + memoryOf(pid), 0);
      return [{ value: bytes / 1e6 }];
    } finally {
      await session.close();
    }
  },
};
