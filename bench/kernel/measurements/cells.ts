/** How long small cells take, from the request to the idle status. */
import { askedInARow } from "../asked-in-a-row.ts";
import type { Sample } from "../measurement.ts";
import { within } from "../session.ts";
import type { Session } from "../session.ts";

const timeoutMs = 10_000;
let serial = 0;

/** A cell that adds two numbers, every time others. */
export const trivialCell = askedInARow(
  { name: "trivial cell to idle", unit: "ms", goal: "<= 2" },
  (session, { code }) => timeCell(session, `${++serial} + ${code.trivial}`),
);

/** A cell that is run again as it is, which need not be checked again. */
export const repeatedCell = askedInARow(
  { name: "the same trivial cell again, to idle", unit: "ms", goal: "" },
  (session, { code }) => timeCell(session, code.trivial),
);

/** A cell that imports, defines and calls; every time a new function. */
export const importDefineCall = askedInARow(
  { name: "cell that imports, defines and calls", unit: "ms", goal: "<= 10, types checked" },
  (session, { code }) => timeCell(session, code.importDefineCall(++serial)),
);

async function timeCell(session: Session, code: string): Promise<Sample> {
  const exchange = session.execute(code);
  const reply = await within(exchange.reply, timeoutMs);
  const idle = await within(exchange.idle, timeoutMs);
  if (reply?.content["status"] !== "ok" || !idle) return { note: "failed" };
  return { value: Math.max(reply.at, idle.at) - exchange.sentAt };
}
