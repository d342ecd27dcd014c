/** The display host of a notebook: displays, clearing and questions as messages to the kernel. */
import { randomUUID } from "node:crypto";
import { KernelError } from "../errors.ts";
import {
  createThrottle,
  figureOf,
  inspectSafely,
  plotlyMime,
  plotlyScriptHtml,
  toJsonBundle,
  toMimeBundle,
  withPlotlyHtml,
} from "../display/index.ts";
import type { DisplayHost, Representations, Throttle } from "../display/index.ts";
import { currentCell, isRunning, runWithin } from "./cell-context.ts";
import type { CellContext } from "./cell-context.ts";
import { noteFigure } from "./figures.ts";
import { send, writeText } from "./channel.ts";

const isExternal = process.env["RESIDENCY_PLOTLY"] === "external";
let plotlyShown = isExternal;

interface Question {
  prompt: string;
  password: boolean;
  answer: (value: string) => void;
}

/** The open questions of each cell; the first one is asked, since a front end shows one at a time. */
const questions = new Map<number, Question[]>();

/** Updates that come faster than a browser can draw, by display id. */
const updates = new Map<string, { newest: () => void; throttle: Throttle }>();
/** Display ids whose last update is remembered for its time. */
const maxUpdates = 500;

/** The host of this process. */
export const notebookDisplay: DisplayHost = {
  display(value, id, update) {
    const context = currentCell();
    if (id === undefined || context.sink) {
      showValue(context, value, id, update);
      return;
    }
    if (!update) {
      updates.get(id)?.throttle.flush();
      showValue(context, value, id, update);
      return;
    }
    const newest = (): void => {
      try {
        runWithin(context, () => showValue(context, value, id, update));
      } catch (error) {
        runWithin(context, () => writeText("stderr", `display failed: ${inspectSafely(error)}\n`));
      }
    };
    const waiting = updates.get(id);
    if (waiting) waiting.newest = newest;
    else remember(id, newest);
    updates.get(id)?.throttle.request();
  },
  clearOutput(wait) {
    const { cell, sink } = currentCell();
    if (sink) sink.clear(wait);
    else send({ type: "clear-output", cell, wait });
  },
  capture(sink, run) {
    return runWithin({ ...currentCell(), sink }, run);
  },
  cell: () => currentCell().cell,
  input(prompt, password) {
    const { cell, allowStdin } = currentCell();
    if (!allowStdin) {
      const message = `Cannot ask "${prompt}": nobody can answer here. Run the notebook in Jupyter, or set the value in the code.`;
      return Promise.reject(new KernelError("E_INPUT", message));
    }
    return new Promise((answer) => {
      const open = questions.get(cell) ?? [];
      questions.set(cell, open);
      if (open.push({ prompt, password, answer }) === 1) ask(cell, open);
    });
  },
};

function remember(id: string, newest: () => void): void {
  const entry = { newest, throttle: createThrottle(() => entry.newest()) };
  if (updates.size >= maxUpdates) for (const { throttle } of updates.values()) throttle.flush();
  if (updates.size >= maxUpdates) updates.clear();
  updates.set(id, entry);
}

function showValue(context: CellContext, value: unknown, id: string | undefined, update: boolean): void {
  const take = (bundle: Representations): void => {
    const data = prepareBundle(bundle, context.cell);
    if (context.sink) context.sink.display(data, id, update);
    else show(context, data, id, update);
  };
  const bundle = toMimeBundle(value);
  if (!(bundle instanceof Promise)) {
    take(bundle);
    return;
  }
  const shown = bundle
    .then(take)
    .catch((error: unknown) => writeText("stderr", `display failed: ${inspectSafely(error)}\n`))
    .finally(() => context.displays.delete(shown));
  context.displays.add(shown);
}

function show(context: CellContext, data: Representations, id: string | undefined, update: boolean): void {
  const { cell } = context;
  // A figure without an id gets one, under which its picture comes later.
  const shownId = id ?? (figureOf(data) ? randomUUID() : undefined);
  send({ type: "display", cell, data, id: shownId, update });
  if (shownId !== undefined) noteFigure(shownId, cell, data, isRunning(cell));
}

/** Lets the next figure bring Plotly to the page of a front end that has just come. */
export function bringPlotlyAgain(): void {
  plotlyShown = isExternal;
}

function ask(cell: number, [first]: readonly Question[]): void {
  if (first) send({ type: "input", cell, prompt: first.prompt, password: first.password });
  else questions.delete(cell);
}

/** Gives the answer to a cell's question, and asks its next one. */
export function answerInput(cell: number, value: string): void {
  const open = questions.get(cell) ?? [];
  open.shift()?.answer(value);
  ask(cell, open);
}

/** Forgets the questions of a cell that was interrupted. */
export function dropQuestions(cell: number): void {
  questions.delete(cell);
}

/** A bundle as JSON, with HTML for Plotly figures; the first figure brings Plotly itself to the page. */
export function prepareBundle(bundle: Representations, cell: number): Representations {
  if (plotlyMime in bundle && !plotlyShown) {
    plotlyShown = true;
    const data = { "text/html": plotlyScriptHtml() };
    send({ type: "display", cell, data, id: undefined, update: false });
  }
  return withPlotlyHtml(toJsonBundle(bundle));
}
