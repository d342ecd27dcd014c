/** Comms in the executor: handlers run between the callbacks of a cell, in the name of the cell that registered them. */
import { createCommManager, setCommManager } from "../comm/index.ts";
import type { CommMessage } from "../comm/index.ts";
import { flushThrottled } from "../display/index.ts";
import { createCellContext, currentCell, deriveContext, runInCell, runWithin } from "./cell-context.ts";
import type { CellContext } from "./cell-context.ts";
import { send, writeText } from "./channel.ts";
import { describeError } from "./errors.ts";

/** Takes comm messages and can stop their handlers. */
export interface CommExecutor {
  receive(request: number, message: CommMessage): void;
  /** Stops the timers and waits of handlers. */
  stop(): void;
  /** Reports the handlers that were stopped as done. */
  finishStopped(): void;
}

const setImmediateOutside = setImmediate;

/** Makes this process's comms, which travel over the channel to the kernel. */
export function createCommExecutor(): CommExecutor {
  const running = new Map<number, CellContext>();
  const manager = createCommManager({
    send(message) {
      const { cell, request } = currentCell();
      send({ type: "comm", cell, request, message });
    },
    announceTarget: (target, registered) => send({ type: "comm-target", target, registered }),
    bind: bindToCell,
    log: (text) => send({ type: "log", text }),
  });
  setCommManager(manager);

  const finish = (request: number): void => {
    if (!running.delete(request)) return;
    flushThrottled();
    send({ type: "comm-done", request });
  };
  return {
    receive(request, message) {
      const { cell } = currentCell();
      const context: CellContext = { ...createCellContext(cell, false), request };
      running.set(request, context);
      // An interrupt ends the callback that is running; it must be one of ours, not Node's.
      setImmediateOutside(() => {
        runInCell(context, () => {
          void manager.receive(message).finally(() => {
            if (!context.controller.signal.aborted) finish(request);
          });
        });
      });
    },
    stop() {
      for (const context of running.values()) {
        for (const clear of context.timers.values()) clear();
        context.timers.clear();
        context.controller.abort(new Error("The handler was interrupted."));
      }
    },
    finishStopped() {
      for (const [request, context] of running) {
        if (!context.controller.signal.aborted) continue;
        runInCell(context, () =>
          writeText("stderr", "KeyboardInterrupt: a handler of a comm was interrupted\n"),
        );
        finish(request);
      }
    },
  };
}

/** A handler whose output and errors belong to the cell that is running now. */
export function bindToCell<A extends unknown[]>(
  handler: (...args: A) => unknown,
): (...args: A) => Promise<void> {
  const owner = currentCell();
  return async (...args) => {
    const context = deriveContext(owner, currentCell());
    try {
      await runWithin(context, () => handler(...args));
      await Promise.all(context.displays);
    } catch (error) {
      // An interrupt has its own words, and ends waits with errors.
      if (context.controller.signal.aborted) return;
      runWithin(context, () => send({ type: "late-error", cell: context.cell, error: describeError(error) }));
    }
  };
}
