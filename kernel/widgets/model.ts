/** Widget models: state that a front end shows and changes, by ipywidgets' messages in version 2.1.0 of their protocol. */
import { commManager, hasComms } from "../comm/index.ts";
import type { Comm } from "../comm/index.ts";
import { createThrottle } from "../display/index.ts";
import { isJsonObject, stringAt } from "../protocol/index.ts";
import type { JsonObject } from "../protocol/index.ts";
import { serveWidgetStates } from "./widget-states.ts";

/** Names of the front end's classes for a model and its view. */
export interface ModelClass {
  module: "@jupyter-widgets/base" | "@jupyter-widgets/controls" | "@jupyter-widgets/output";
  model: string;
  view: string;
}

/** The state of a widget by the field names of ipywidgets; models and lists of models in it stand for references. */
export type WidgetState = Record<string, unknown>;

/** Takes a value that a front end sent; gives undefined when it is none that the field can have. */
export type FieldParser = (value: unknown) => unknown;

/** The state of one widget and its way to the front ends. */
export interface WidgetModel {
  readonly state: Readonly<WidgetState>;
  /** Changes fields and tells the front ends and the listeners. */
  set(fields: WidgetState): void;
  /** Called with the names of fields that a cell or a front end has changed. */
  onFields(listener: (changed: readonly string[]) => unknown): () => void;
  /** Called with messages that are no state, such as clicks. */
  onCustom(listener: (content: JsonObject) => unknown): () => void;
  /** The model's id, under which a front end can show it; makes it known to the front ends. */
  open(): string;
  /** Removes it from the front ends. */
  close(): void;
}

/** The version of the widget messaging protocol. */
export const widgetProtocolVersion = "2.1.0";

const moduleVersions = {
  "@jupyter-widgets/base": "2.0.0",
  "@jupyter-widgets/controls": "2.0.0",
  "@jupyter-widgets/output": "1.0.0",
};
const models = new WeakSet<object>();

/** A model with a first state; `parsers` names the fields that a front end may change. */
export function createModel(
  { module, model: modelName, view }: ModelClass,
  initial: WidgetState,
  parsers: Record<string, FieldParser> = {},
): WidgetModel {
  const state: WidgetState = { ...initial };
  const fieldListeners = new Set<(changed: readonly string[]) => unknown>();
  const customListeners = new Set<(content: JsonObject) => unknown>();
  const unsent = new Set<string>();
  let comm: Comm | undefined;

  const fullState = (): JsonObject =>
    serialize({
      _model_module: module,
      _model_module_version: moduleVersions[module],
      _model_name: modelName,
      _view_module: module,
      _view_module_version: moduleVersions[module],
      _view_name: view,
      _view_count: null,
      ...state,
    });
  const sendUpdate = (method: "update" | "echo_update", fields: WidgetState): void =>
    comm?.send({ method, state: serialize(fields), buffer_paths: [] });
  const updates = createThrottle(() => {
    const fields = Object.fromEntries([...unsent].map((name) => [name, state[name]]));
    unsent.clear();
    sendUpdate("update", fields);
  });
  const tell = (changed: readonly string[]): Promise<unknown> =>
    Promise.all([...fieldListeners].map((listener) => listener(changed)));

  const receiveState = async (fields: JsonObject): Promise<void> => {
    const parsed = Object.entries(parsers).flatMap(([name, parse]): [string, unknown][] => {
      const value = name in fields ? parse(fields[name]) : undefined;
      return value === undefined ? [] : [[name, value]];
    });
    const accepted: WidgetState = Object.fromEntries(parsed);
    // Other front ends of this kernel learn it from the echo.
    sendUpdate("echo_update", accepted);
    const changed = parsed.filter(([name, value]) => state[name] !== value).map(([name]) => name);
    for (const name of changed) unsent.delete(name);
    Object.assign(state, accepted);
    if (changed.length > 0) await tell(changed);
  };
  const receive = async (data: JsonObject): Promise<void> => {
    const method = stringAt(data, "method");
    if (method === "update" && isJsonObject(data["state"])) await receiveState(data["state"]);
    if (method === "request_state") sendUpdate("update", fullState());
    if (method === "custom" && isJsonObject(data["content"])) {
      const content = data["content"];
      await Promise.all([...customListeners].map((listener) => listener(content)));
    }
  };

  const model: WidgetModel = {
    state,
    set(fields) {
      const changed = Object.keys(fields).filter((name) => state[name] !== fields[name]);
      if (changed.length === 0) return;
      Object.assign(state, fields);
      for (const name of changed) unsent.add(name);
      if (comm) updates.request();
      void tell(changed);
    },
    onFields: (listener) => listen(fieldListeners, listener),
    onCustom: (listener) => listen(customListeners, listener),
    open() {
      if (comm) return comm.id;
      const metadata = { version: widgetProtocolVersion };
      unsent.clear();
      const opened = commManager().open(
        "jupyter.widget",
        { state: fullState(), buffer_paths: [] },
        { metadata },
      );
      comm = opened;
      serveWidgetStates(opened.id, fullState);
      opened.onMessage(receive);
      opened.onClose(() => {
        serveWidgetStates(opened.id, undefined);
        comm = undefined;
      });
      return opened.id;
    },
    close() {
      if (!comm) return;
      updates.cancel();
      serveWidgetStates(comm.id, undefined);
      comm.close();
      comm = undefined;
    },
  };
  models.add(model);
  return model;
}

function listen<T>(listeners: Set<(value: T) => unknown>, listener: (value: T) => unknown): () => void {
  const bound = hasComms() ? commManager().bind(listener) : listener;
  listeners.add(bound);
  return () => void listeners.delete(bound);
}

function isModel(value: unknown): value is WidgetModel {
  return typeof value === "object" && value !== null && models.has(value);
}

function serialize(fields: WidgetState): JsonObject {
  const one = (value: unknown): unknown => {
    if (isModel(value)) return `IPY_MODEL_${value.open()}`;
    return Array.isArray(value) ? value.map(one) : value;
  };
  return Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, one(value)])) as JsonObject;
}
