/** Boxes that put widgets beside or below each other. */
import { commonState, createControlModel, modelSymbol, widgetOf } from "./widget.ts";
import type { Widget, WidgetOptions } from "./widget.ts";

/** A box of widgets. */
export interface BoxWidget extends Widget {
  children: readonly Widget[];
}

/** Widgets beside each other. */
export function hbox(children: readonly Widget[], options: WidgetOptions = {}): BoxWidget {
  return box("HBox", children, options);
}

/** Widgets below each other. */
export function vbox(children: readonly Widget[], options: WidgetOptions = {}): BoxWidget {
  return box("VBox", children, options);
}

function box(name: "HBox" | "VBox", first: readonly Widget[], options: WidgetOptions): BoxWidget {
  let current = first;
  const models = (): object[] => current.map((child) => child[modelSymbol]);
  const model = createControlModel(name, { ...commonState(options), children: models() });
  return {
    ...widgetOf(name, model, []),
    get children() {
      return current;
    },
    set children(children) {
      current = children;
      model.set({ children: models() });
    },
  };
}
