/** Runs one notebook in a kernel of its own, as a Jupyter client would, and says how it ended. */
import { readFile } from "node:fs/promises";
import path from "node:path";
import { KernelError, launchKernel } from "../../kernel/client/index.ts";
import type { KernelClient } from "../../kernel/client/index.ts";
import { executeNotebook, parseNotebook } from "../../kernel/notebook/index.ts";
import { descendants, usageOfTree } from "../../kernel/processes/index.ts";
import type { ProcessUsage } from "../../kernel/processes/index.ts";
import type { CellFailure, CodeCell, Notebook } from "../../kernel/notebook/index.ts";
import type { Progress } from "../terminal/index.ts";
import { progressOf } from "../terminal/index.ts";

/** Where the reader is: the how-manieth code cell of how many, and what it is called. */
export interface CellPlace {
  /** Counts all cells, from 0. */
  index: number;
  /** Counts code cells, from 1. */
  number: number;
  count: number;
  title: string;
}

/** Hears of a run as it goes on. */
export interface RunListener {
  cellStarted(place: CellPlace): void;
  progress(place: CellPlace, progress: Progress): void;
  cellEnded(place: CellPlace, seconds: number, ok: boolean): void;
}

/** Options of `runNotebook`. */
export interface RunNotebookOptions {
  listener: RunListener;
  /** The longest that a cell may take; without it there is no limit. */
  timeoutSeconds?: number;
  /** Aborting it interrupts the running cell and ends the run. */
  signal?: AbortSignal;
  /** Variables for the kernel beside this process's own. */
  env?: Record<string, string>;
  /** How a kernel is started (default: this package's own kernel). */
  launch?: typeof launchKernel;
  /** Milliseconds that a cell has to end after an interrupt before its kernel is killed (default 10 000). */
  graceMs?: number;
}

/** How a run ended; the notebook holds the outputs of the cells that ran. */
export interface RunOutcome {
  notebook: Notebook;
  status: "ok" | "failed" | "interrupted" | "timeout";
  /** Seconds of each cell that ran, by its index. */
  seconds: Map<number, number>;
  failure?: CellFailure & { place: CellPlace };
  /** What the run took, of this process, the kernel and its executor together; undefined where the system does not tell. */
  usage: ProcessUsage | undefined;
}

/** Runs a notebook file; the kernel's folder is the notebook's. Throws KernelError when the file is no notebook. */
export async function runNotebook(file: string, options: RunNotebookOptions): Promise<RunOutcome> {
  const { listener, signal } = options;
  const notebook = parseNotebook(await readFile(file, "utf8"));
  const places = placesOf(notebook);
  const seconds = new Map<number, number>();
  const meter = createMeter();
  const client = await (options.launch ?? launchKernel)({
    cwd: path.dirname(path.resolve(file)),
    // The report draws figures by itself: the notebook need not carry the plotting library.
    env: { ...process.env, RESIDENCY_PLOTLY: "external", ...options.env },
  });
  const limit = createLimit(client, options);
  let started = 0;
  let current: CellPlace | undefined;
  try {
    const failure = await executeNotebook(client, notebook, {
      ...(signal ? { signal } : {}),
      onCellStart(_cell, index) {
        current = places.get(index)!;
        started = performance.now();
        limit.start();
        listener.cellStarted(current);
      },
      onMessage(message, _cell, index) {
        if (message.type !== "display_data" && message.type !== "update_display_data") return;
        const progress = progressOf(message.content.data);
        if (progress) listener.progress(places.get(index)!, progress);
      },
      onCellEnd(_cell, index, reply) {
        limit.stop();
        meter.read();
        seconds.set(index, (performance.now() - started) / 1000);
        listener.cellEnded(places.get(index)!, seconds.get(index)!, reply.status === "ok");
      },
    });
    const stopped = signal?.aborted === true ? "interrupted" : limit.passed() ? "timeout" : undefined;
    const usage = meter.read();
    if (!failure) return { notebook, seconds, usage, status: stopped ?? "ok" };
    const place = places.get(failure.index)!;
    return { notebook, seconds, usage, status: stopped ?? "failed", failure: { ...failure, place } };
  } catch (error) {
    const cell = current && notebook.cells[current.index];
    if (!(error instanceof KernelError) || !current || cell?.cell_type !== "code") throw error;
    const { index } = current;
    seconds.set(index, (performance.now() - started) / 1000);
    listener.cellEnded(current, seconds.get(index)!, false);
    const content = {
      ename: "KernelDied",
      evalue: error.message,
      traceback: [`KernelDied: ${error.message}`],
    };
    cell.outputs.push({ output_type: "error", ...content });
    const status = signal?.aborted === true ? "interrupted" : limit.passed() ? "timeout" : "failed";
    return {
      notebook,
      seconds,
      usage: meter.read(),
      status,
      failure: { index, cell, place: current, ...content },
    };
  } finally {
    limit.end();
    await client.shutdown();
  }
}

/** Adds up what this process and all that it starts from now on take; the largest memory that any reading has found. */
function createMeter(): { read(): ProcessUsage | undefined } {
  const others = new Set(descendants(process.pid).map(({ pid }) => pid));
  const before = usageOfTree(process.pid, others);
  let peakBytes = 0;
  return {
    read() {
      const now = usageOfTree(process.pid, others);
      if (before === undefined || now === undefined) return undefined;
      peakBytes = Math.max(peakBytes, now.peakBytes);
      return { cpuSeconds: now.cpuSeconds - before.cpuSeconds, peakBytes };
    },
  };
}

/** The time limit of a cell: an interrupt, then, for a cell that does not end by it, the kernel's end. */
function createLimit(client: KernelClient, { timeoutSeconds, signal, graceMs = 10_000 }: RunNotebookOptions) {
  let passed = false;
  let limit: NodeJS.Timeout | undefined;
  let grace: NodeJS.Timeout | undefined;
  const killLater = () => {
    grace ??= setTimeout(() => client.kill(), graceMs);
  };
  signal?.addEventListener("abort", killLater);
  return {
    passed: () => passed,
    start() {
      if (timeoutSeconds === undefined) return;
      limit = setTimeout(() => {
        passed = true;
        client.interrupt().catch(() => undefined);
        killLater();
      }, timeoutSeconds * 1000);
    },
    stop: () => clearTimeout(limit),
    end() {
      clearTimeout(limit);
      clearTimeout(grace);
      signal?.removeEventListener("abort", killLater);
    },
  };
}

/** Numbers the cells that will run and clears what an earlier run left in them. */
function placesOf(notebook: Notebook): Map<number, CellPlace> {
  const places = new Map<number, CellPlace>();
  for (const [index, cell] of notebook.cells.entries()) {
    if (cell.cell_type !== "code") continue;
    cell.outputs = [];
    cell.execution_count = null;
    if (cell.source.trim() === "") continue;
    places.set(index, { index, number: places.size + 1, count: 0, title: titleOf(cell) });
  }
  for (const place of places.values()) place.count = places.size;
  return places;
}

function titleOf(cell: CodeCell): string {
  const title = cell.metadata["title"];
  if (typeof title === "string" && title !== "") return title;
  const line = cell.source.split("\n").find((text) => text.trim() !== "") ?? "";
  return line.trim().replace(/^\/\/\s*/, "");
}
