/** Tells a front end that comes later, such as a reloaded page, about all widgets at once. */
import { commManager } from "../comm/index.ts";
import type { JsonObject } from "../protocol/index.ts";

const states = new Map<string, () => JsonObject>();
let registered = false;

/** Makes a widget's state known under its model id, or with undefined no longer. */
export function serveWidgetStates(id: string, state: (() => JsonObject) | undefined): void {
  if (state) states.set(id, state);
  else states.delete(id);
  if (registered) return;
  registered = true;
  commManager().register("jupyter.widget.control", (comm) =>
    comm.onMessage((data) => {
      if (data["method"] !== "request_states") return;
      const all = [...states].map(([modelId, current]): [string, JsonObject] => [
        modelId,
        toEntry(current()),
      ]);
      comm.send({ method: "update_states", states: Object.fromEntries(all), buffer_paths: [] });
    }),
  );
}

function toEntry(state: JsonObject): JsonObject {
  const { _model_name, _model_module, _model_module_version } = state;
  return {
    model_name: _model_name ?? null,
    model_module: _model_module ?? null,
    model_module_version: _model_module_version ?? null,
    state,
  };
}
