/** How long an interrupt takes, for each kind of endless cell, and whether the state is there afterwards. */
import { setTimeout as sleep } from "node:timers/promises";
import { endlessKinds } from "../code.ts";
import type { EndlessKind } from "../code.ts";
import type { Measurement } from "../measurement.ts";
import { within } from "../session.ts";

const timeoutMs = 3000;

/** One measurement for each kind. */
export const interrupts: readonly Measurement[] = endlessKinds.map((kind) => interrupt(kind));

function interrupt(kind: EndlessKind): Measurement {
  return {
    rows: [
      { name: `interrupt: ${kind}`, unit: "ms", goal: kind === "while(true){}" ? "<= 50, kept" : "kept" },
    ],
    rounds: 3,
    async sample(kernel, sessions, round) {
      const code = kernel.code.endless[kind];
      if (code === undefined) return [{ note: "not in this language" }];
      const session = await sessions.warm(kernel);
      const value = 1000 + round;
      await within(session.execute(kernel.code.keep(value)).idle, timeoutMs);
      const cell = session.execute(code);
      await sleep(300);
      const sentAt = performance.now();
      session.interrupt();
      const reply = await within(cell.reply, timeoutMs);
      if (!reply || !(await within(cell.idle, timeoutMs))) {
        await sessions.discard(kernel);
        return [{ note: "never" }];
      }
      if (reply.content["status"] === "ok") return [{ note: "ended by itself" }];
      const after = session.execute(kernel.code.kept);
      const idle = await within(after.idle, timeoutMs);
      const kept = after.published.some(
        ({ type, content }) =>
          type === "execute_result" && JSON.stringify(content["data"]).includes(String(value)),
      );
      if (!idle || !kept) await sessions.discard(kernel);
      return [{ value: reply.at - sentAt, note: kept ? "kept" : "state lost" }];
    },
  };
}
