/** The display host of a notebook: displays, clearing and questions as messages to the kernel. */
import { randomUUID } from "node:crypto";
import { KernelError } from "../errors.ts";
import {
  figureOf,
  inspectSafely,
  plotlyMime,
  plotlyScriptHtml,
  toJsonBundle,
  toMimeBundle,
  withPlotlyHtml,
} from "../display/index.ts";
import type { DisplayHost, Representations } from "../display/index.ts";
import { currentCell, deriveContext, isRunning, runWithin } from "./cell-context.ts";
import type { CellContext } from "./cell-context.ts";
import { noteFigure } from "./figures.ts";
import { send, writeText } from "./channel.ts";

let plotlyShown = process.env["RESIDENCY_PLOTLY"] === "external";
const questions = new Map<number, (value: string) => void>();

/** The host of this process. */
export const notebookDisplay: DisplayHost = {
  display(value, id, update) {
    const context = currentCell();
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
  },
  clearOutput(wait) {
    const { cell, sink } = currentCell();
    if (sink) sink.clear(wait);
    else send({ type: "clear-output", cell, wait });
  },
  capture(sink, run) {
    const caller = currentCell();
    return runWithin({ ...deriveContext(caller, caller), sink }, run);
  },
  input(prompt, password) {
    const { cell, allowStdin } = currentCell();
    if (!allowStdin) {
      const message = `Cannot ask "${prompt}": nobody can answer here. Run the notebook in Jupyter, or set the value in the code.`;
      return Promise.reject(new KernelError("E_INPUT", message));
    }
    return new Promise((resolve) => {
      questions.set(cell, resolve);
      send({ type: "input", cell, prompt, password });
    });
  },
};

function show(context: CellContext, data: Representations, id: string | undefined, update: boolean): void {
  const { cell } = context;
  // A figure without an id gets one, under which its picture comes later.
  const shownId = id ?? (figureOf(data) ? randomUUID() : undefined);
  send({ type: "display", cell, data, id: shownId, update });
  if (shownId !== undefined) noteFigure(shownId, cell, data, isRunning(cell));
}

/** Gives the answer to a cell's question. */
export function answerInput(cell: number, value: string): void {
  questions.get(cell)?.(value);
  questions.delete(cell);
}

/** A bundle as JSON, with HTML for Plotly figures; the first figure brings Plotly itself to the page. */
export function prepareBundle(bundle: Representations, cell: number): Representations {
  if (plotlyMime in bundle && !plotlyShown) {
    plotlyShown = true;
    const data = { "text/html": plotlyScriptHtml() };
    send({ type: "display", cell, data, id: undefined, update: false });
  }
  return toJsonBundle(withPlotlyHtml(bundle));
}
