/** Heartbeats and control requests while a cell computes. */
import { setTimeout as sleep } from "node:timers/promises";
import type { Measurement } from "../measurement.ts";
import { within } from "../session.ts";

const cellMs = 2000;
const timeoutMs = 10_000;

/** Both within one computing cell. */
export const liveness: Measurement = {
  rows: [
    { name: "heartbeat while a cell computes", unit: "ms", goal: "<= 100" },
    { name: "control reply while a cell computes", unit: "ms", goal: "<= 100" },
  ],
  rounds: 3,
  async sample(kernel, sessions) {
    const session = await sessions.warm(kernel);
    const cell = session.execute(kernel.code.computes(cellMs));
    await sleep(300);
    const heartbeat = await session.heartbeat(cellMs / 4);
    const exchange = session.request("control", "kernel_info_request", {});
    const reply = await within(exchange.reply, cellMs / 4);
    if (!(await within(cell.idle, timeoutMs))) await sessions.discard(kernel);
    return [
      heartbeat === undefined ? { note: "no" } : { value: heartbeat },
      reply ? { value: reply.at - exchange.sentAt } : { note: "no" },
    ];
  },
};
