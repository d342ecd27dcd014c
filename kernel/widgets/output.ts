/** The output widget: what code prints and displays shows inside a widget instead of below the cell. */
import { displayHost } from "../display/index.ts";
import type { OutputSink } from "../display/index.ts";
import { createModel } from "./model.ts";
import { commonState, widgetOf } from "./widget.ts";
import type { Widget, WidgetOptions } from "./widget.ts";

/** An area that takes output. */
export interface OutputWidget extends Widget {
  /** Runs a function whose output goes into the widget, also after its awaits. */
  capture<T>(run: () => T): T;
  /** Removes what it shows; with `wait` only when the next output comes. */
  clear(options?: { wait?: boolean }): void;
}

/** One output as notebooks keep it. */
type SavedOutput =
  | { output_type: "stream"; name: "stdout" | "stderr"; text: string }
  | { output_type: "display_data"; data: object; metadata: object };

/** Outputs that a widget keeps; the oldest go first. */
const maxOutputs = 1000;
/** Characters of one stream that a widget keeps, since the whole text travels with each update. */
const maxText = 100_000;

/** An empty output area. */
export function output(options: WidgetOptions = {}): OutputWidget {
  return createOutput(options).widget;
}

/** An empty output area, and a function that carries out a `clear` that still waits. */
export function createOutput(options: WidgetOptions = {}): { widget: OutputWidget; settle: () => void } {
  const model = createModel(
    { module: "@jupyter-widgets/output", model: "OutputModel", view: "OutputView" },
    { ...commonState(options), msg_id: "", outputs: [] },
  );
  const displays = new Map<string, number>();
  let outputs: SavedOutput[] = [];
  let clearBeforeNext = false;
  const show = (): void => model.set({ outputs: [...outputs] });
  const makeRoom = (): void => {
    if (clearBeforeNext || outputs.length >= maxOutputs) displays.clear();
    if (clearBeforeNext) outputs = [];
    else if (outputs.length >= maxOutputs) outputs = outputs.slice(-maxOutputs / 2);
    clearBeforeNext = false;
  };
  const sink: OutputSink = {
    write(name, text) {
      makeRoom();
      const last = outputs.at(-1);
      if (last?.output_type === "stream" && last.name === name) {
        outputs[outputs.length - 1] = { ...last, text: (last.text + text).slice(-maxText) };
      } else {
        outputs.push({ output_type: "stream", name, text: text.slice(-maxText) });
      }
      show();
    },
    display(data, id, update) {
      const shown = id === undefined ? undefined : displays.get(id);
      if (update && shown === undefined) return;
      const saved: SavedOutput = { output_type: "display_data", data, metadata: {} };
      if (update && shown !== undefined) {
        outputs[shown] = saved;
      } else {
        makeRoom();
        outputs.push(saved);
        if (id !== undefined) displays.set(id, outputs.length - 1);
      }
      show();
    },
    clear(wait) {
      clearBeforeNext = true;
      if (wait) return;
      makeRoom();
      show();
    },
  };
  const widget: OutputWidget = {
    ...widgetOf("Output", model, []),
    capture: (run) => displayHost().capture(sink, run),
    clear: ({ wait = false } = {}) => sink.clear(wait),
  };
  const settle = (): void => {
    if (clearBeforeNext) sink.clear(false);
  };
  return { widget, settle };
}
