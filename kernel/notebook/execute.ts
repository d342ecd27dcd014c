/** Runs the code cells of a notebook in order and fills in what they put out. */
import type { ExecuteReply, IopubMessage } from "../protocol/index.ts";
import type { ExecuteOptions } from "../client/index.ts";
import type { CodeCell, Notebook } from "./notebook.ts";
import { createOutputCollector } from "./output-collector.ts";

/** What `executeNotebook` needs of a kernel; a `KernelClient` has it. */
export interface CellRunner {
  execute(code: string, options?: ExecuteOptions): Promise<ExecuteReply>;
}

/** Settings of `executeNotebook`; `index` counts all cells of the notebook from 0. */
export interface ExecuteNotebookOptions {
  onCellStart?: (cell: CodeCell, index: number) => void;
  onMessage?: (message: IopubMessage, cell: CodeCell, index: number) => void;
  onCellEnd?: (cell: CodeCell, index: number, reply: ExecuteReply) => void;
  /** Go on after a cell that failed (default false); a cell tagged "raises-exception" may always fail. */
  allowErrors?: boolean;
  /** Aborting it interrupts the running cell and runs no further one. */
  signal?: AbortSignal;
}

/** A cell that failed, and how. */
export interface CellFailure {
  index: number;
  cell: CodeCell;
  ename: string;
  evalue: string;
  traceback: string[];
}

/** Runs every code cell, fills `outputs` and `execution_count` in place, and gives the first failure if there is one. */
export async function executeNotebook(
  client: CellRunner,
  notebook: Notebook,
  options: ExecuteNotebookOptions = {},
): Promise<CellFailure | undefined> {
  const { allowErrors = false, signal, onMessage } = options;
  const collector = createOutputCollector();
  let first: CellFailure | undefined;
  for (const [index, cell] of notebook.cells.entries()) {
    if (cell.cell_type !== "code" || cell.source.trim() === "") continue;
    if (signal?.aborted) break;
    cell.outputs = [];
    cell.execution_count = null;
    collector.begin(cell.outputs);
    options.onCellStart?.(cell, index);
    const reply = await client.execute(cell.source, {
      stopOnError: false,
      allowStdin: false,
      ...(signal && { signal }),
      onMessage(message) {
        if (message.type === "execute_input") cell.execution_count = message.content.execution_count;
        collector.add(message);
        onMessage?.(message, cell, index);
      },
    });
    options.onCellEnd?.(cell, index, reply);
    const failure = failureOf(reply, cell, index);
    if (!failure || isExpected(cell)) continue;
    first ??= failure;
    if (!allowErrors) break;
  }
  return first;
}

function failureOf(reply: ExecuteReply, cell: CodeCell, index: number): CellFailure | undefined {
  if (reply.status === "ok") return undefined;
  if (reply.status === "aborted") {
    return { index, cell, ename: "Aborted", evalue: "the kernel did not run the cell", traceback: [] };
  }
  const { ename, evalue, traceback } = reply;
  return { index, cell, ename, evalue, traceback };
}

function isExpected(cell: CodeCell): boolean {
  const { tags } = cell.metadata;
  return Array.isArray(tags) && tags.includes("raises-exception");
}
