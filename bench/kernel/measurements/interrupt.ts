/** How long an interrupt takes, for each kind of endless cell, and whether the state is there afterwards. */
import { setTimeout as sleep } from "node:timers/promises";
import { stringAt } from "../../../kernel/protocol/index.ts";
import { endlessKinds } from "../code.ts";
import type { EndlessKind } from "../code.ts";
import type { Measurement } from "../measurement.ts";
import { within } from "../session.ts";
import type { Arrival, Session } from "../session.ts";

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
      await runUnaborted(session, kernel.code.keep(value));
      const cell = session.execute(code);
      const early = await within(cell.reply, 300);
      if (early) return [{ note: "ends by itself" }];
      const sentAt = performance.now();
      session.interrupt();
      const reply = await within(cell.reply, timeoutMs);
      if (!reply || !(await within(cell.idle, timeoutMs))) {
        await sessions.discard(kernel);
        return [{ note: "never" }];
      }
      const published = await runUnaborted(session, kernel.code.kept);
      // Some kernels give results as text of the standard output.
      const outputs = published.filter(({ type }) => type === "execute_result" || type === "stream");
      const kept = JSON.stringify(outputs).includes(String(value));
      if (!kept) await sessions.discard(kernel);
      return [{ value: reply.at - sentAt, note: kept ? "kept" : "state lost" }];
    },
  };
}

/** Runs a cell again while the kernel aborts it on account of an earlier failure. */
async function runUnaborted(session: Session, code: string): Promise<Arrival[]> {
  for (let attempt = 0; attempt < 20; attempt++) {
    const cell = session.execute(code);
    const reply = await within(cell.reply, timeoutMs);
    if (!reply || !(await within(cell.idle, timeoutMs))) return [];
    if (!/^abort/.test(stringAt(reply.content, "status") ?? "")) return cell.published;
    await sleep(50);
  }
  return [];
}
