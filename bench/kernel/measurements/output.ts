/** Many printed lines and one large display: whether all arrives, in order, before the cell is idle, and how soon. */
import { setTimeout as sleep } from "node:timers/promises";
import { stringAt } from "../../../kernel/protocol/index.ts";
import type { Measurement, Sample } from "../measurement.ts";
import { within } from "../session.ts";
import type { Exchange } from "../session.ts";

const lines = 20_000;
const characters = 10_000_000;
const timeoutMs = 20_000;
/** How long late outputs are waited for. */
const lateMs = 2000;

/** Lines printed one by one. */
export const printedLines: Measurement = {
  rows: [{ name: "20,000 printed lines", unit: "ms", goal: "<= 150, all before idle" }],
  rounds: 5,
  async sample(kernel, sessions) {
    const session = await sessions.warm(kernel);
    const exchange = session.execute(kernel.code.prints(lines));
    const expected = Array.from({ length: lines }, (_, index) => `line ${index}\n`).join("");
    const text = (): string =>
      exchange.published
        .filter(({ type }) => type === "stream")
        .map(({ content }) => stringAt(content, "text") ?? "")
        .join("");
    const sample = await timeOutputs(exchange, "stream", () => text().length >= expected.length);
    const arrived = text();
    if (arrived === expected) return [sample];
    const count = arrived.split("\n").length - 1;
    return [{ ...sample, note: count === lines ? "out of order" : `${count} arrive` }];
  },
};

/** A display of ten million characters. */
export const largeDisplay: Measurement = {
  rows: [{ name: "10 MB display", unit: "ms", goal: "<= 100, before idle" }],
  rounds: 5,
  async sample(kernel, sessions) {
    const session = await sessions.warm(kernel);
    const exchange = session.execute(kernel.code.displays(characters));
    const arrived = (): boolean =>
      exchange.published.some(
        ({ type, content }) => type === "display_data" && JSON.stringify(content["data"]).length > characters,
      );
    const sample = await timeOutputs(exchange, "display_data", arrived);
    if (arrived()) return [sample];
    await sessions.discard(kernel);
    return [{ note: "does not arrive" }];
  },
};

/** The time to the last output or the idle status, whichever is later. */
async function timeOutputs(exchange: Exchange, type: string, complete: () => boolean): Promise<Sample> {
  const idle = await within(exchange.idle, timeoutMs);
  if (!idle) return { note: "never idle" };
  for (let waited = 0; waited < lateMs && !complete(); waited += 50) await sleep(50);
  const last = exchange.published.findLast((arrival) => arrival.type === type);
  const end = Math.max(idle.at, last?.at ?? 0);
  const value = end - exchange.sentAt;
  return last && last.at > idle.at ? { value, note: "after idle" } : { value };
}
