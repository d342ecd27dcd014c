/** What all widgets have: a model, options of their look, and a way to be shown. */
import { inspect } from "node:util";
import { hasComms } from "../comm/index.ts";
import { displaySymbol } from "../display/index.ts";
import type { Displayable } from "../display/index.ts";
import { createModel } from "./model.ts";
import type { FieldParser, ModelClass, WidgetModel, WidgetState } from "./model.ts";

/** The key of a widget's model, for boxes that hold it. */
export const modelSymbol: unique symbol = Symbol("widget model");

/** The MIME type under which front ends show widgets. */
export const widgetViewMime = "application/vnd.jupyter.widget-view+json";

/** Something that a front end shows and a person can use. */
export interface Widget extends Displayable {
  readonly [modelSymbol]: WidgetModel;
  /** Removes it from the front ends. */
  close(): void;
}

/** A widget with a value. */
export interface ValueWidget<T> extends Widget {
  /** The value; setting it changes what is shown. */
  value: T;
  /** Whether a person can change it. */
  disabled: boolean;
  /** Called after each change; what it prints shows in the cell that called `onChange`. Gives a function that ends it. */
  onChange(listener: (value: T) => unknown): () => void;
}

/** CSS properties of a widget's box. */
export type LayoutOptions = Partial<
  Record<
    | "width"
    | "height"
    | "minWidth"
    | "maxWidth"
    | "margin"
    | "padding"
    | "border"
    | "overflow"
    | "display"
    | "flex"
    | "flexFlow"
    | "alignItems"
    | "justifyContent",
    string
  >
>;

/** Settings of every widget. */
export interface WidgetOptions {
  layout?: LayoutOptions;
}

/** Settings of widgets with a label. */
export interface DescribedOptions extends WidgetOptions {
  /** The label beside it. */
  description?: string;
  disabled?: boolean;
}

/** The fields of the model that all widgets have. */
export function commonState({ layout, description, disabled }: DescribedOptions): WidgetState {
  const state: WidgetState = { layout: createLayout(layout ?? {}) };
  if (description !== undefined) state["description"] = description;
  if (disabled !== undefined) state["disabled"] = disabled;
  return state;
}

function createLayout(options: LayoutOptions): WidgetModel {
  const fields = Object.entries(options).map(([name, value]) => [
    name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`),
    value,
  ]);
  const layoutClass: ModelClass = {
    module: "@jupyter-widgets/base",
    model: "LayoutModel",
    view: "LayoutView",
  };
  return createModel(layoutClass, Object.fromEntries(fields) as WidgetState);
}

/** The model of a widget of `@jupyter-widgets/controls`. */
export function createControlModel(
  name: string,
  state: WidgetState,
  parsers: Record<string, FieldParser> = {},
  view = name,
): WidgetModel {
  return createModel(
    { module: "@jupyter-widgets/controls", model: `${name}Model`, view: `${view}View` },
    state,
    parsers,
  );
}

/** The parts of a widget that show and close it; `text` names the fields that stand in its text. */
export function widgetOf(name: string, model: WidgetModel, text: readonly string[]): Widget {
  return {
    [modelSymbol]: model,
    close: () => model.close(),
    [displaySymbol]() {
      const fields = Object.fromEntries(text.map((field) => [field, model.state[field]]));
      const plain = `${name} ${inspect(fields)}`;
      if (!hasComms()) return { "text/plain": plain };
      const view = { version_major: 2, version_minor: 0, model_id: model.open() };
      return { "text/plain": plain, [widgetViewMime]: view };
    },
  };
}

/** How a widget's value is kept in one field of its model. */
export interface ValueField<T> {
  field: string;
  read(stored: unknown): T;
  /** The stored form; throws for values that the widget cannot have. */
  write(value: T): unknown;
}

/** A widget whose value is one field of its model. */
export function valueWidgetOf<T>(
  name: string,
  model: WidgetModel,
  stored: ValueField<T>,
  text: readonly string[],
): ValueWidget<T> {
  const { field } = stored;
  const widget = {
    ...widgetOf(name, model, text),
    get value(): T {
      return stored.read(model.state[field]);
    },
    set value(value: T) {
      model.set({ [field]: stored.write(value) });
    },
    get disabled(): boolean {
      return model.state["disabled"] === true;
    },
    set disabled(disabled: boolean) {
      model.set({ disabled });
    },
    onChange: (listener: (value: T) => unknown) =>
      model.onFields((changed) => (changed.includes(field) ? listener(widget.value) : undefined)),
  };
  return widget;
}
