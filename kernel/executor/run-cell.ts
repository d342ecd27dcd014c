/** Runs cells, those of subshells while others wait, and can stop them. */
import { setFlagsFromString } from "node:v8";
import { Script } from "node:vm";
import { flushThrottled, toMimeBundle } from "../display/index.ts";
import { createCellContext, runInCell, setLatestCell } from "./cell-context.ts";
import type { CellContext } from "./cell-context.ts";
import { send } from "./channel.ts";
import type { CellScope } from "./cell-scope.ts";
import { awaitUncaught } from "./debug-target.ts";
import type { DebugTarget } from "./debug-target.ts";
import { describeError } from "./errors.ts";
import { scriptName } from "./messages.ts";
import type { Outcome, ToExecutor } from "./messages.ts";
import type { CellModules, ImportModule } from "./modules.ts";
import { drawFigures, withPicture } from "./figures.ts";
import { dropQuestions, prepareBundle } from "./notebook-display.ts";
import { reportFolder } from "./working-folder.ts";

type CellFunction = (
  scope: CellScope,
  importModule: ImportModule,
  meta: CellModules["meta"],
) => Promise<{ value: unknown } | undefined>;

/** Runs cells. */
export interface CellRunner {
  run(request: ToExecutor & { type: "run" }): void;
  /** Stops the timers and waits of those of the cells that run. */
  stop(cells: readonly number[]): void;
  /** Reports the stopped cells as interrupted. */
  finishStopped(cells: readonly number[]): void;
}

const setImmediateOutside = setImmediate;

/** A runner over one scope. */
export function createCellRunner(scope: CellScope, modules: CellModules, debug: DebugTarget): CellRunner {
  const running = new Map<number, CellContext>();

  const finish = (context: CellContext, outcome: Outcome): void => {
    if (running.get(context.cell) !== context) return;
    running.delete(context.cell);
    reportFolder();
    context.ended = true;
    flushThrottled();
    send({ type: "done", cell: context.cell, outcome });
  };
  // No `try` stands around the call, or the debugger would take all that a cell throws for caught.
  const start = ({ js, cell: number }: ToExecutor & { type: "run" }): ReturnType<CellFunction> => {
    let cell: CellFunction;
    try {
      cell = compileScript(js, scriptName(number)).runInThisContext() as CellFunction;
    } catch (error) {
      return Promise.reject(error instanceof Error ? error : new Error(String(error)));
    }
    const ended = cell.call(undefined, scope, modules.importModule, modules.meta);
    return debug.seesUncaught ? awaitUncaught(ended) : ended;
  };
  const evaluate = async (context: CellContext, ended: ReturnType<CellFunction>): Promise<Outcome> => {
    try {
      const result = await ended;
      const bundle = result?.value === undefined ? undefined : await toMimeBundle(result.value);
      await settleDisplays(context);
      const isEmpty = bundle === undefined || Object.keys(bundle).length === 0;
      const prepared = isEmpty ? undefined : await withPicture(prepareBundle(bundle, context.cell));
      return { status: "ok", result: prepared };
    } catch (error) {
      await settleDisplays(context);
      return { status: "error", error: describeError(error) };
    }
  };

  return {
    run(request) {
      const context = createCellContext(request.cell, request.allowStdin);
      running.set(context.cell, context);
      setLatestCell(context);
      // An interrupt ends the callback that is running; it must be one of ours, not Node's.
      setImmediateOutside(() => {
        runInCell(context, () => {
          void evaluate(context, start(request)).then((outcome) => {
            // A stopped cell ends when no termination is under way any more.
            if (!context.controller.signal.aborted) finish(context, outcome);
          });
        });
      });
    },
    stop(cells) {
      for (const cell of cells) {
        const context = running.get(cell);
        if (!context) continue;
        for (const clear of context.timers.values()) clear();
        context.timers.clear();
        dropQuestions(cell);
        context.controller.abort(new Error("The cell was interrupted."));
      }
    },
    finishStopped(cells) {
      for (const cell of cells) {
        const context = running.get(cell);
        if (context) finish(context, { status: "interrupted" });
      }
    },
  };
}

/**
 * Compiles a script without a place in V8's cache of scripts, where every cell would stay: the cache goes by name and text
 * both, and no two cells have the same name.
 */
function compileScript(js: string, filename: string): Script {
  setFlagsFromString("--no-compilation-cache");
  try {
    return new Script(js, { filename });
  } finally {
    setFlagsFromString("--compilation-cache");
  }
}

/** Everything that the cell has displayed is on its way when this resolves, its last updates and pictures too. */
async function settleDisplays(context: CellContext): Promise<void> {
  flushThrottled();
  if (context.displays.size > 0) await Promise.all(context.displays);
  await drawFigures(context.cell);
}
