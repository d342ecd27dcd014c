/** Completion and inspection, while the kernel is idle and while a cell runs. */
import { setTimeout as sleep } from "node:timers/promises";
import { askedInARow } from "../asked-in-a-row.ts";
import type { BenchKernel } from "../kernels.ts";
import type { Measurement, Row, Sample, SharedSessions } from "../measurement.ts";
import { within } from "../session.ts";
import type { Arrival, Session } from "../session.ts";

const timeoutMs = 10_000;
const cellMs = 2500;
let serial = 0;

/** Members of a list. */
export const memberCompletion = askedInARow(
  { name: "member completion", unit: "ms", goal: "<= 5" },
  (session, kernel) => completeMember(kernel, session),
);

/** What a method of a list is. */
export const inspection = askedInARow(
  { name: "inspect", unit: "ms", goal: "<= 5" },
  async (session, { code: { documented } }) => {
    const code = unseen(documented);
    const content = { code, cursor_pos: code.length, detail_level: 0 };
    const exchange = session.request("shell", "inspect_request", content);
    const reply = await within(exchange.reply, timeoutMs);
    return reply?.content["found"] === true ? { value: reply.at - exchange.sentAt } : { note: "nothing" };
  },
);

/** Completion while a cell waits, and while it computes. */
export const editingWhileBusy: readonly Measurement[] = [
  whileBusy({ name: "completion while a cell awaits", unit: "ms", goal: "<= 10" }, ({ code }) =>
    code.awaits(cellMs),
  ),
  whileBusy({ name: "completion while a cell computes", unit: "ms", goal: "<= 10" }, ({ code }) =>
    code.computes(cellMs),
  ),
];

function whileBusy(row: Row, codeOf: (kernel: BenchKernel) => string): Measurement {
  return {
    rows: [row],
    rounds: 3,
    async sample(kernel, sessions: SharedSessions) {
      const session = await sessions.warm(kernel);
      const cell = session.execute(codeOf(kernel));
      let ended: Arrival | undefined;
      void cell.reply.then((reply) => (ended = reply));
      await sleep(300);
      const completion = await completeMember(kernel, session);
      const late = ended !== undefined;
      if (!(await within(cell.idle, timeoutMs))) await sessions.discard(kernel);
      return [late ? { ...completion, note: "after the cell" } : completion];
    },
  };
}

/** Code that was not asked about before, as while somebody writes. */
const unseen = (code: string): string => `${++serial}\n${code}`;

async function completeMember(kernel: BenchKernel, session: Session): Promise<Sample> {
  const { expected } = kernel.code.member;
  const code = unseen(kernel.code.member.code);
  const content = { code, cursor_pos: code.length };
  const exchange = session.request("shell", "complete_request", content);
  const reply = await within(exchange.reply, timeoutMs);
  const matches = reply?.content["matches"];
  const found =
    Array.isArray(matches) && matches.some((match) => typeof match === "string" && match.endsWith(expected));
  return reply && found ? { value: reply.at - exchange.sentAt } : { note: "nothing" };
}
