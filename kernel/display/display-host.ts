/** The place where a running cell's displays and questions go; outside a kernel they go to the terminal. */
import { createInterface } from "node:readline/promises";
import { inspectSafely } from "./inspect-safely.ts";
import { toMimeBundle } from "./mime-bundle.ts";
import type { Representations } from "./mime-bundle.ts";

/** A place that takes a cell's output instead of the notebook. */
export interface OutputSink {
  write(name: "stdout" | "stderr", text: string): void;
  display(data: Representations, id: string | undefined, update: boolean): void;
  clear(wait: boolean): void;
}

/** What carries out `display`, `clearOutput` and `input`. */
export interface DisplayHost {
  /** Shows a value, or with `update` replaces what was shown under this id. */
  display(value: unknown, id: string | undefined, update: boolean): void;
  clearOutput(wait: boolean): void;
  input(prompt: string, password: boolean): Promise<string>;
  /** Runs code whose output, also after its first await, goes to a sink. */
  capture<T>(sink: OutputSink, run: () => T): T;
  /** The number of the cell that the running code belongs to. */
  cell(): number;
}

const hostKey = Symbol.for("residency.displayHost");
const registry = globalThis as { [hostKey]?: DisplayHost };

/** Makes a host the one of this process, also for other copies of this module. */
export function setDisplayHost(host: DisplayHost): void {
  registry[hostKey] = host;
}

/** The host of this process. */
export function displayHost(): DisplayHost {
  return registry[hostKey] ?? terminalHost;
}

const terminalHost: DisplayHost = {
  display(value) {
    const print = (bundle: Record<string, unknown>): void => {
      const text = bundle["text/plain"] ?? Object.values(bundle)[0];
      process.stdout.write(`${typeof text === "string" ? text : inspectSafely(text)}\n`);
    };
    const bundle = toMimeBundle(value);
    if (bundle instanceof Promise) void bundle.then(print);
    else print(bundle);
  },
  clearOutput: () => undefined,
  capture: (_, run) => run(),
  cell: () => 0,
  async input(prompt) {
    const reader = createInterface({ input: process.stdin, output: process.stdout });
    try {
      return await reader.question(prompt);
    } finally {
      reader.close();
    }
  },
};
