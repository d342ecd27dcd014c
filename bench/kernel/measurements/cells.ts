/** How long small cells take, from the request to the idle status. */
import type { KernelCode } from "../code.ts";
import type { Measurement, Row } from "../measurement.ts";
import { within } from "../session.ts";

const timeoutMs = 10_000;
let serial = 0;

/** A cell that adds two numbers. */
export const trivialCell = cell(
  { name: "trivial cell to idle", unit: "ms", goal: "<= 2" },
  50,
  (code) => code.trivial,
);

/** A cell that imports, defines and calls; every time a new function. */
export const importDefineCall = cell(
  { name: "cell that imports, defines and calls", unit: "ms", goal: "<= 10, types checked" },
  30,
  (code) => code.importDefineCall(++serial),
);

function cell(row: Row, rounds: number, codeOf: (code: KernelCode) => string): Measurement {
  return {
    rows: [row],
    rounds,
    async sample(kernel, sessions, round) {
      const session = await sessions.warm(kernel);
      // The first cells of a kind compile what later ones reuse.
      for (let warmUp = round === 0 ? 5 : 0; warmUp > 0; warmUp--) {
        await within(session.execute(codeOf(kernel.code)).idle, timeoutMs);
      }
      const exchange = session.execute(codeOf(kernel.code));
      const reply = await within(exchange.reply, timeoutMs);
      const idle = await within(exchange.idle, timeoutMs);
      if (reply?.content["status"] !== "ok" || !idle) return [{ note: "failed" }];
      return [{ value: Math.max(reply.at, idle.at) - exchange.sentAt }];
    },
  };
}
