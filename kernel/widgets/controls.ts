/** The controls: sliders, text, checkbox, dropdown, button, progress and HTML, by the names of ipywidgets in camelCase. */
import type { FieldParser } from "./model.ts";
import { commonState, createControlModel, valueWidgetOf, widgetOf } from "./widget.ts";
import type { DescribedOptions, ValueField, ValueWidget, Widget, WidgetOptions } from "./widget.ts";

/** Settings of sliders. */
export interface SliderOptions extends DescribedOptions {
  min?: number;
  max?: number;
  step?: number;
  value?: number;
  /** Tell of values while the handle moves, and not only when it is let go (default true). */
  continuousUpdate?: boolean;
  orientation?: "horizontal" | "vertical";
}

/** A slider over whole numbers; `min` 0, `max` 100, `step` 1. */
export function intSlider(options: SliderOptions = {}): ValueWidget<number> {
  const { min = 0, max = 100, step = 1 } = options;
  for (const [name, value] of Object.entries({ min, max, step, value: options.value ?? min })) {
    if (!Number.isInteger(value)) {
      throw new RangeError(`intSlider got ${name} = ${value}; give whole numbers, or use floatSlider.`);
    }
  }
  return slider("IntSlider", { ...options, min, max, step }, "d");
}

/** A slider over numbers; `min` 0, `max` 10, `step` 0.1. */
export function floatSlider(options: SliderOptions = {}): ValueWidget<number> {
  const { min = 0, max = 10, step = 0.1 } = options;
  return slider("FloatSlider", { ...options, min, max, step }, ".2f");
}

function slider(
  name: "IntSlider" | "FloatSlider",
  options: SliderOptions & { min: number; max: number; step: number },
  readoutFormat: string,
): ValueWidget<number> {
  const { min, max, step, value = min, continuousUpdate = true, orientation = "horizontal" } = options;
  const range = numberField(name, min, max);
  const state = {
    ...commonState(options),
    ...{ min, max, step, value: range.write(value), orientation },
    continuous_update: continuousUpdate,
    readout: true,
    readout_format: readoutFormat,
  };
  return valueWidgetOf(name, createControlModel(name, state, { value: within(min, max) }), range, [
    "value",
    "min",
    "max",
  ]);
}

/** Settings of `intProgress`. */
export interface ProgressWidgetOptions extends WidgetOptions {
  description?: string;
  min?: number;
  max?: number;
  value?: number;
  barStyle?: "" | "success" | "info" | "warning" | "danger";
}

/** A bar that shows how far something has come; `min` 0, `max` 100. */
export function intProgress(options: ProgressWidgetOptions = {}): ValueWidget<number> {
  const { min = 0, max = 100, value = min, barStyle = "" } = options;
  const range = numberField("IntProgress", min, max);
  const state = { ...commonState(options), min, max, value: range.write(value), bar_style: barStyle };
  const model = createControlModel("IntProgress", state, {}, "Progress");
  return valueWidgetOf("IntProgress", model, range, ["value", "min", "max"]);
}

/** Settings of `text`. */
export interface TextOptions extends DescribedOptions {
  value?: string;
  placeholder?: string;
  /** Tell of each key, and not only when the text is left or Enter is pressed (default true). */
  continuousUpdate?: boolean;
}

/** A line of text. */
export interface TextWidget extends ValueWidget<string> {
  /** Called when Enter is pressed. */
  onSubmit(listener: (value: string) => unknown): () => void;
}

/** A field for a line of text. */
export function text(options: TextOptions = {}): TextWidget {
  const { value = "", placeholder = "", continuousUpdate = true } = options;
  const state = { ...commonState(options), value, placeholder, continuous_update: continuousUpdate };
  const model = createControlModel("Text", state, { value: ifString });
  const widget = valueWidgetOf("Text", model, stringField, ["value"]);
  const onSubmit: TextWidget["onSubmit"] = (listener) =>
    model.onCustom(({ event }) =>
      event === "submit" ? listener(model.state["value"] as string) : undefined,
    );
  return Object.defineProperties({ onSubmit } as TextWidget, Object.getOwnPropertyDescriptors(widget));
}

/** Settings of `checkbox`. */
export interface CheckboxOptions extends DescribedOptions {
  value?: boolean;
}

/** A box that is ticked or not. */
export function checkbox(options: CheckboxOptions = {}): ValueWidget<boolean> {
  const state = { ...commonState(options), value: options.value ?? false, indent: false };
  const model = createControlModel("Checkbox", state, {
    value: (value) => (typeof value === "boolean" ? value : undefined),
  });
  const field: ValueField<boolean> = { field: "value", read: (stored) => stored === true, write: Boolean };
  return valueWidgetOf("Checkbox", model, field, ["value"]);
}

/** Settings of `dropdown`. */
export interface DropdownOptions<T> extends DescribedOptions {
  /** The values, or values by label. */
  options: readonly T[] | Readonly<Record<string, T>>;
  value?: NoInfer<T>;
}

/** A choice of one among several values. */
export function dropdown<const T>(options: DropdownOptions<T>): ValueWidget<T> {
  const entries: [string, T][] = Array.isArray(options.options)
    ? (options.options as readonly T[]).map((value) => [String(value), value])
    : Object.entries(options.options as Readonly<Record<string, T>>);
  if (entries.length === 0) throw new RangeError("dropdown got no options; give at least one.");
  const labels = entries.map(([label]) => label);
  const field: ValueField<T> = {
    field: "index",
    read: (index) => (entries[index as number] as [string, T])[1],
    write(value) {
      const index = entries.findIndex(([, one]) => Object.is(one, value));
      if (index >= 0) return index;
      throw new RangeError(`dropdown got a value that is none of its options: ${labels.join(", ")}.`);
    },
  };
  const index = options.value === undefined ? 0 : field.write(options.value);
  const parse = within(0, entries.length - 1);
  const model = createControlModel(
    "Dropdown",
    { ...commonState(options), _options_labels: labels, index },
    { index: (value) => (Number.isInteger(value) ? parse(value) : undefined) },
  );
  return valueWidgetOf("Dropdown", model, field, ["index", "_options_labels"]);
}

/** Settings of `button`. */
export interface ButtonOptions extends DescribedOptions {
  buttonStyle?: "" | "primary" | "success" | "info" | "warning" | "danger";
  /** The name of a Font Awesome icon, such as "play". */
  icon?: string;
  tooltip?: string;
}

/** A button. */
export interface ButtonWidget extends Widget {
  description: string;
  disabled: boolean;
  /** Called at each press; what it prints shows in the cell that called `onClick`. Gives a function that ends it. */
  onClick(listener: () => unknown): () => void;
}

/** A button that calls functions when it is pressed. */
export function button(options: ButtonOptions = {}): ButtonWidget {
  const { buttonStyle = "", icon = "", tooltip = null } = options;
  const state = {
    description: "",
    disabled: false,
    ...commonState(options),
    button_style: buttonStyle,
    icon,
    tooltip,
  };
  const model = createControlModel("Button", state);
  return {
    ...widgetOf("Button", model, ["description"]),
    get description(): string {
      return String(model.state["description"]);
    },
    set description(description: string) {
      model.set({ description });
    },
    get disabled(): boolean {
      return model.state["disabled"] === true;
    },
    set disabled(disabled: boolean) {
      model.set({ disabled });
    },
    onClick: (listener) => model.onCustom(({ event }) => (event === "click" ? listener() : undefined)),
  };
}

/** A piece of HTML that can be replaced. */
export function html(value = "", options: DescribedOptions = {}): ValueWidget<string> {
  const model = createControlModel("HTML", { ...commonState(options), value });
  return valueWidgetOf("HTML", model, stringField, ["value"]);
}

const stringField: ValueField<string> = { field: "value", read: (stored) => String(stored), write: String };

function numberField(name: string, min: number, max: number): ValueField<number> {
  if (!(min <= max))
    throw new RangeError(`${name} got min = ${min} and max = ${max}; min must not be above max.`);
  return {
    field: "value",
    read: Number,
    write(value) {
      if (value >= min && value <= max) return value;
      throw new RangeError(`${name} got the value ${value}; give one from ${min} to ${max}.`);
    },
  };
}

function within(min: number, max: number): FieldParser {
  return (value) => (typeof value === "number" && value >= min && value <= max ? value : undefined);
}

function ifString(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}
