/** Code that a running cell has checked and run beside it, among the same names: what `check` runs tests with. */
import { KernelError } from "../errors.ts";
import { currentCell } from "./cell-context.ts";
import { send } from "./channel.ts";
import type { CodeOutcome } from "./messages.ts";

const waiting = new Map<number, (outcome: CodeOutcome) => void>();
let requests = 0;

/**
 * Runs code as a cell would be run, types first, while the calling cell waits; its output is that of the calling cell.
 *
 * @throws KernelError E_KERNEL_START outside a kernel, where no compiler waits for code.
 */
export function runBeside(code: string): Promise<CodeOutcome> {
  if (process.send === undefined || currentCell().cell === 0) {
    const message =
      "Cannot run code beside a cell: this is no kernel. Open the notebook in Jupyter and run the cell there";
    return Promise.reject(new KernelError("E_KERNEL_START", message));
  }
  requests += 1;
  const request = requests;
  return new Promise((resolve) => {
    waiting.set(request, resolve);
    send({ type: "evaluate", cell: currentCell().cell, request, code });
  });
}

/** Takes the kernel's answer. */
export function finishBeside(request: number, outcome: CodeOutcome): void {
  waiting.get(request)?.(outcome);
  waiting.delete(request);
}
