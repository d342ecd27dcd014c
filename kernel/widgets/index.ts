/** The front door of widgets, which cells import as `residency/widgets`; names are those of ipywidgets in camelCase. */
export { hbox, vbox } from "./boxes.ts";
export type { BoxWidget } from "./boxes.ts";
export { button, checkbox, dropdown, floatSlider, html, intProgress, intSlider, text } from "./controls.ts";
export type {
  ButtonOptions,
  ButtonWidget,
  CheckboxOptions,
  DropdownOptions,
  ProgressWidgetOptions,
  SliderOptions,
  TextOptions,
  TextWidget,
} from "./controls.ts";
export { interact } from "./interact.ts";
export type { Control, ControlValue, ControlValues, Interaction, RangeControl } from "./interact.ts";
export { output } from "./output.ts";
export type { OutputWidget } from "./output.ts";
export { widgetViewMime } from "./widget.ts";
export type { DescribedOptions, LayoutOptions, ValueWidget, Widget, WidgetOptions } from "./widget.ts";
