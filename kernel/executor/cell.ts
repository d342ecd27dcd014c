/** What a cell can use of the kernel: the module `residency/cell`. */
import { randomUUID } from "node:crypto";
import { commManager } from "../comm/index.ts";
import type { Comms } from "../comm/index.ts";
import type { Displayable } from "../display/index.ts";
import { displayHost, displaySymbol } from "../display/index.ts";

export {
  displaySymbol,
  html,
  json,
  latex,
  markdown,
  mime,
  plotly,
  png,
  progress,
  svg,
  table,
  vegaLite,
} from "../display/index.ts";
export type {
  Displayable,
  PlotlyFigure,
  Progress,
  ProgressOptions,
  Representations,
  TableOptions,
} from "../display/index.ts";

export type { Comm, CommBuffer, CommHandler, CommOpenOptions, CommTarget, Comms } from "../comm/index.ts";
export { $, CommandError, cd, env, time, timeit } from "../tools/index.ts";
export type {
  Command,
  CommandArgument,
  CommandOutcome,
  CommandResult,
  Environment,
  LoadEnvOptions,
  TimeitOptions,
  TimeitOutcome,
  TimeitResult,
  WriteToOptions,
} from "../tools/index.ts";

/** Something that was displayed and can be replaced. */
export interface DisplayHandle {
  readonly id: string;
  /** Shows another value in its place. */
  update(value: unknown): void;
}

/** Settings of `display`. */
export interface DisplayOptions {
  /** The name under which it can be updated (default: a random one). */
  id?: string;
}

/**
 * Shows a value in the cell's output; outside a kernel its text is printed.
 *
 * @example
 * const shown = display(html("<b>x</b>"));
 * shown.update(html("<b>y</b>"));
 */
export function display(value: unknown, options: DisplayOptions = {}): DisplayHandle {
  const id = options.id ?? randomUUID();
  displayHost().display(value, id, false);
  const handle: DisplayHandle & Displayable = {
    id,
    update: (next) => displayHost().display(next, id, true),
    // As a cell's last expression it is no result: what it stands for has been shown.
    [displaySymbol]: () => ({}),
  };
  return handle;
}

/** Settings of `clearOutput`. */
export interface ClearOutputOptions {
  /** Clear only when the next output comes, which avoids flicker (default false). */
  wait?: boolean;
}

/** Removes what the cell has shown so far. */
export function clearOutput(options: ClearOutputOptions = {}): void {
  displayHost().clearOutput(options.wait ?? false);
}

/** Settings of `input`. */
export interface InputOptions {
  /** Do not show what is typed (default false). */
  password?: boolean;
}

/**
 * Asks the person at the notebook for a line of text.
 *
 * @throws KernelError E_INPUT when nobody can answer, as in a notebook that is run by a program.
 */
export function input(prompt = "", options: InputOptions = {}): Promise<string> {
  return displayHost().input(prompt, options.password ?? false);
}

/**
 * Two-way messages between cells and a front end.
 *
 * @throws KernelError E_COMM outside a kernel.
 * @example
 * comms.register("echo", (comm) => comm.onMessage((data, buffers) => comm.send({ echo: data }, buffers)));
 */
export const comms: Comms = {
  register: (target, onOpen) => commManager().register(target, onOpen),
  unregister: (target) => commManager().unregister(target),
  open: (target, data, options) => commManager().open(target, data, options),
};
