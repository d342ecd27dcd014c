/** Runs cells one after another and can stop the running one. */
import { Script } from "node:vm";
import { flushThrottled, inspectSafely, toMimeBundle } from "../display/index.ts";
import { createCellContext, runInCell, setLatestCell } from "./cell-context.ts";
import type { CellContext } from "./cell-context.ts";
import { send } from "./channel.ts";
import type { CellScope } from "./cell-scope.ts";
import { describeError } from "./errors.ts";
import { scriptName } from "./messages.ts";
import type { Outcome, ToExecutor } from "./messages.ts";
import type { CellModules, ImportModule } from "./modules.ts";
import { drawFigures, withPicture } from "./figures.ts";
import { prepareBundle } from "./notebook-display.ts";

type CellFunction = (
  scope: CellScope,
  importModule: ImportModule,
  meta: CellModules["meta"],
) => Promise<{ value: unknown } | undefined>;

/** Runs cells. */
export interface CellRunner {
  run(request: ToExecutor & { type: "run" }): void;
  /** Stops the timers and waits of the running cell. */
  stop(): void;
  /** Reports the stopped cell as interrupted. */
  finishStopped(): void;
}

const setImmediateOutside = setImmediate;

/** A runner over one scope. */
export function createCellRunner(scope: CellScope, modules: CellModules): CellRunner {
  let running: CellContext | undefined;

  const finish = (context: CellContext, outcome: Outcome): void => {
    if (running !== context) return;
    running = undefined;
    context.ended = true;
    flushThrottled();
    send({ type: "done", cell: context.cell, outcome });
  };
  const evaluate = async (request: ToExecutor & { type: "run" }, context: CellContext): Promise<Outcome> => {
    try {
      const script = new Script(request.js, { filename: scriptName(request.cell) });
      const cell = script.runInThisContext() as CellFunction;
      const result = await cell.call(undefined, scope, modules.importModule, modules.meta);
      const bundle = result?.value === undefined ? undefined : await toMimeBundle(result.value);
      await settleDisplays(context);
      const isEmpty = bundle === undefined || Object.keys(bundle).length === 0;
      const prepared = isEmpty ? undefined : await withPicture(prepareBundle(bundle, context.cell));
      return { status: "ok", result: prepared, expressions: evaluateExpressions(request.expressions, scope) };
    } catch (error) {
      await settleDisplays(context);
      return { status: "error", error: describeError(error) };
    }
  };

  return {
    run(request) {
      const context = createCellContext(request.cell, request.allowStdin);
      running = context;
      setLatestCell(context);
      // An interrupt ends the callback that is running; it must be one of ours, not Node's.
      setImmediateOutside(() => {
        runInCell(context, () => {
          void evaluate(request, context).then((outcome) => {
            // A stopped cell ends when no termination is under way any more.
            if (!context.controller.signal.aborted) finish(context, outcome);
          });
        });
      });
    },
    stop() {
      if (!running) return;
      for (const clear of running.timers.values()) clear();
      running.timers.clear();
      running.controller.abort(new Error("The cell was interrupted."));
    },
    finishStopped() {
      if (running) finish(running, { status: "interrupted" });
    },
  };
}

/** Everything that the cell has displayed is on its way when this resolves, its last updates and pictures too. */
async function settleDisplays(context: CellContext): Promise<void> {
  flushThrottled();
  if (context.displays.size > 0) await Promise.all(context.displays);
  await drawFigures(context.cell);
}

/** The text of each expression that names a variable; others need the compiler and are left out. */
function evaluateExpressions(expressions: Record<string, string>, scope: CellScope): Record<string, string> {
  const known = Object.entries(expressions).filter(([, name]) => name in scope);
  return Object.fromEntries(known.map(([key, name]) => [key, inspectSafely(scope[name])]));
}
