/** From the start of the process to its first answers. */
import type { Measurement } from "../measurement.ts";
import { startSession, within } from "../session.ts";

const timeoutMs = 10_000;

/** Twenty starts of each kernel. */
export const start: Measurement = {
  rows: [
    { name: "start to kernel_info reply", unit: "ms", goal: "<= 200" },
    { name: "start to first execute reply", unit: "ms", goal: "<= 300, 20 of 20" },
  ],
  rounds: 20,
  async sample(kernel) {
    const session = await startSession(kernel);
    try {
      const info = await within(session.request("shell", "kernel_info_request", {}).reply, timeoutMs);
      if (!info) return [{ note: "failed" }, { note: "failed" }];
      const value = info.at - session.startedAt;
      const reply = await within(session.execute(kernel.code.trivial).reply, timeoutMs);
      if (reply?.content["status"] !== "ok") return [{ value }, { note: "failed" }];
      return [{ value }, { value: reply.at - session.startedAt }];
    } finally {
      await session.close();
    }
  },
};
