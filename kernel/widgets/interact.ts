/** `interact`: a function that runs again whenever one of its controls is moved. */
import { commManager, hasComms } from "../comm/index.ts";
import { displayHost, displaySymbol } from "../display/index.ts";
import type { Displayable } from "../display/index.ts";
import { vbox } from "./boxes.ts";
import { checkbox, dropdown, floatSlider, intSlider, text } from "./controls.ts";
import { createOutput } from "./output.ts";
import { modelSymbol } from "./widget.ts";
import type { ValueWidget, Widget } from "./widget.ts";

/** A range of numbers: a slider of whole numbers if all of them are whole, `step` included. */
export interface RangeControl {
  min: number;
  max: number;
  step?: number;
  value?: number;
}

/** A widget with a value of any type. */
export interface AnyValueWidget extends Widget {
  value: unknown;
  disabled: boolean;
  readonly onChange: unknown;
}

/** What stands for a control: a widget, a number, text or boolean to start with, a range, or values to choose from. */
export type Control =
  AnyValueWidget | RangeControl | number | string | boolean | readonly (string | number | boolean)[];

/** The type of the values that a control gives. */
export type ControlValue<C> = C extends AnyValueWidget & { value: infer T }
  ? T
  : C extends readonly (infer T)[]
    ? T
    : C extends number | RangeControl
      ? number
      : C extends string
        ? string
        : boolean;

/** The values of controls, by name. */
export type ControlValues<C> = { -readonly [K in keyof C]: ControlValue<C[K]> };

/** A running interaction. */
export interface Interaction<C, R> extends Displayable {
  /** The controls, by name. */
  readonly controls: { readonly [K in keyof C]: ValueWidget<ControlValue<C[K]>> };
  /** What the function gave the last time it ended well. */
  readonly result: R | undefined;
  /** Removes it from the front ends. */
  close(): void;
}

/**
 * Shows controls and runs a function with their values, now and after each change; what it prints, displays and gives
 * shows below the controls. While it runs, only the newest change waits.
 *
 * @example
 * interact(({ rate, name }) => `${name}: ${rate}`, { rate: { min: 0, max: 1 }, name: ["a", "b"] });
 */
export function interact<const C extends Record<string, Control>, R>(
  run: (values: ControlValues<C>) => R,
  controls: C,
): Interaction<C, Awaited<R>> {
  const widgets = Object.entries(controls).map(([name, control]): [string, ValueWidget<unknown>] => [
    name,
    toWidget(name, control),
  ]);
  const { widget: area, settle } = createOutput();
  const box = vbox([...widgets.map(([, widget]) => widget), area]);
  let result: Awaited<R> | undefined;
  let running: Promise<void> | undefined;
  let again = false;
  let reported = "";

  const runOnce = async (): Promise<void> => {
    area.clear({ wait: true });
    const values = Object.fromEntries(widgets.map(([name, widget]) => [name, widget.value]));
    await area.capture(async () => {
      try {
        result = await run(values as ControlValues<C>);
        if (result !== undefined) displayHost().display(result, undefined, false);
      } catch (error) {
        const message = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
        process.stderr.write(`${message}\n`);
        // The stack goes below the cell, once for all values that fail alike.
        if (message === reported) return;
        reported = message;
        throw error;
      } finally {
        settle();
      }
    });
  };
  const takeTurn = (): boolean => {
    const wanted = again;
    again = false;
    return wanted;
  };
  const update = (): Promise<void> => {
    if (running) {
      again = true;
      return running;
    }
    const rounds = async (): Promise<void> => {
      const failures: unknown[] = [];
      do await runOnce().catch((error: unknown) => failures.push(error));
      while (takeTurn());
      running = undefined;
      if (failures.length > 0) throw failures.at(-1);
    };
    running = rounds();
    return running;
  };
  for (const [, widget] of widgets) widget.onChange(update);
  displayHost().display(box, undefined, false);
  // The first run's error is reported like that of any other.
  const first = hasComms() ? commManager().bind(update) : update;
  void first();
  return {
    controls: Object.fromEntries(widgets) as Interaction<C, R>["controls"],
    get result() {
      return result;
    },
    close() {
      for (const widget of [...widgets.map(([, one]) => one as Widget), area, box]) widget.close();
    },
    // As a cell's last expression it is no result: it has been shown.
    [displaySymbol]: () => ({}),
  };
}

function toWidget(description: string, control: Control): ValueWidget<unknown> {
  if (typeof control === "boolean") return asUnknown(checkbox({ value: control, description }));
  if (typeof control === "string") return asUnknown(text({ value: control, description }));
  if (typeof control === "number") {
    const [min, max] =
      control === 0 ? [0, 1] : control > 0 ? [-control, 3 * control] : [3 * control, -control];
    return toSlider(description, { min, max, value: control });
  }
  if (modelSymbol in control) return control as ValueWidget<unknown>;
  if ("min" in control) return toSlider(description, control);
  return asUnknown(dropdown({ options: control, description }));
}

function toSlider(description: string, { min, max, step, value = min }: RangeControl): ValueWidget<unknown> {
  const isWhole =
    [min, max, step ?? 1, value].every(Number.isInteger) && (step !== undefined || max - min > 1);
  if (isWhole) return asUnknown(intSlider({ min, max, value, step: step ?? 1, description }));
  return asUnknown(floatSlider({ min, max, value, step: step ?? (max - min) / 100, description }));
}

/** The values that go in are checked by the widget itself. */
function asUnknown<T>(widget: ValueWidget<T>): ValueWidget<unknown> {
  return widget;
}
