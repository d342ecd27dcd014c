/** Outputs of cells on their way to front ends, each in the name of the request that its cell came from. */
import type { FromExecutor } from "../executor/messages.ts";
import type { JsonObject, MessageHeader } from "../protocol/index.ts";
import type { KernelSockets } from "../protocol/sockets.ts";
import { internalError } from "./failures.ts";
import { errorContent, mapBundleStacks, mapStacks } from "./stack-trace.ts";
import type { CellRecord, FindCell } from "./stack-trace.ts";

/** What is known of a cell that runs or has run; its script is empty until it is compiled. */
export type KnownCell = CellRecord & { js: string; header: MessageHeader; silent: boolean };

/** What the executor says that front ends are to show. */
export type OutputMessage = Extract<
  FromExecutor,
  { type: "stream" | "display" | "clear-output" | "late-error" }
>;

/** The outputs of cells; those of silent ones are dropped. */
export interface CellOutputs {
  publish(message: OutputMessage): void;
  stream(cell: number, name: "stdout" | "stderr", text: string): void;
  /** Says in the place of an output of a cell why it is missing. */
  lose(cell: number, error: unknown): void;
  /** Says on the standard error of the latest cell whose outputs are shown what happened outside of every cell. */
  tell(text: string): void;
}

/** Outputs of the cells in a map. */
export function createCellOutputs(
  sockets: KernelSockets,
  cells: ReadonlyMap<number, KnownCell>,
): CellOutputs {
  const findCell: FindCell = (cell) => cells.get(cell);
  const stream: CellOutputs["stream"] = (cell, name, text) => {
    const record = cells.get(cell);
    if (record?.silent) return;
    void sockets.publish("stream", { name, text: mapStacks(text, findCell) }, record?.header);
  };
  return {
    stream,
    lose: (cell, error) => stream(cell, "stderr", `output lost: ${internalError(error).evalue}\n`),
    tell(text) {
      const latest = [...cells.values()].findLast(({ silent }) => !silent);
      if (latest) void sockets.publish("stream", { name: "stderr", text }, latest.header);
    },
    publish(message) {
      const record = cells.get(message.cell);
      if (message.type === "stream") {
        stream(message.cell, message.name, message.text);
      } else if (message.type === "late-error") {
        const { traceback } = errorContent(message.error, findCell);
        stream(message.cell, "stderr", `Uncaught ${traceback.join("\n")}\n`);
      } else if (record?.silent) {
        return;
      } else if (message.type === "clear-output") {
        void sockets.publish("clear_output", { wait: message.wait }, record?.header);
      } else {
        const transient = message.id === undefined ? {} : { display_id: message.id };
        const data = mapBundleStacks(message.data as JsonObject, findCell);
        const content = { data, metadata: {}, transient };
        const type = message.update ? "update_display_data" : "display_data";
        void sockets.publish(type, content, record?.header);
      }
    },
  };
}
