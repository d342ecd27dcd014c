/** What a cell can use of the kernel: the module `residency/cell`. */
import { randomUUID } from "node:crypto";
import type { Displayable } from "../display/index.ts";
import { displayHost, displaySymbol, mime } from "../display/index.ts";

export { displaySymbol, html, json, latex, markdown, mime, plotly, png, svg } from "../display/index.ts";
export type { Displayable, PlotlyFigure, Representations } from "../display/index.ts";
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

/** Settings of `progress`. */
export interface ProgressOptions {
  label?: string;
  /** How many items there are (default: the length or size of what is iterated, if it has one). */
  total?: number;
}

/** Shortest time between two updates of a progress bar, in milliseconds. */
const updateIntervalMs = 100;

/** Passes the items on and shows how far the loop has come. */
export async function* progress<T>(
  items: Iterable<T> | AsyncIterable<T>,
  options: ProgressOptions = {},
): AsyncGenerator<T, void, undefined> {
  const { label = "", total = sizeOf(items) } = options;
  const started = performance.now();
  let updated = started;
  let done = 0;
  const bar = (): object => progressBar(label, done, total, (performance.now() - started) / 1000);
  const shown = display(bar());
  for await (const item of items) {
    yield item;
    done += 1;
    if (performance.now() - updated < updateIntervalMs) continue;
    updated = performance.now();
    shown.update(bar());
  }
  shown.update(bar());
}

function sizeOf(items: object): number | undefined {
  if ("length" in items && typeof items.length === "number") return items.length;
  return "size" in items && typeof items.size === "number" ? items.size : undefined;
}

function progressBar(label: string, done: number, total: number | undefined, seconds: number): object {
  const count = total === undefined ? String(done) : `${done}/${total}`;
  const text = `${label === "" ? "" : `${label}: `}${count}, ${seconds.toFixed(1)} s`;
  const bar = total === undefined ? "" : `<progress value="${done}" max="${total}"></progress> `;
  const escaped = text.replace(/[&<>]/g, (character) => `&#${character.charCodeAt(0)};`);
  return mime({ "text/plain": text, "text/html": `${bar}<code>${escaped}</code>` });
}
