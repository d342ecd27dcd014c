/** Tests of widgets through a client that speaks ipywidgets' protocol. */
import assert from "node:assert/strict";
import type { IopubMessage, JsonObject, JsonValue, KernelClient } from "../../kernel/index.ts";
import { runCell, startTestKernel } from "./session.ts";
import type { CellRun } from "./session.ts";

/** Whether a value of the protocol is an object. */
function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

describe("widgets", function () {
  this.timeout(60_000);
  let kernel: KernelClient;
  const models = new Map<string, JsonObject>();
  const echoes: JsonValue[] = [];
  before(async () => {
    kernel = await startTestKernel();
    kernel.onIopub((message: IopubMessage) => {
      if (message.type === "comm_open") {
        assert.equal(message.content.target_name, "jupyter.widget");
        assert.deepEqual(message.metadata, { version: "2.1.0" });
        models.set(message.content.comm_id, message.content.data["state"] as JsonObject);
      } else if (message.type === "comm_msg") {
        const { method, state } = message.content.data;
        if (isObject(state)) Object.assign(models.get(message.content.comm_id) ?? {}, state);
        if (method === "echo_update") echoes.push(state ?? null);
      } else if (message.type === "comm_close") {
        models.delete(message.content.comm_id);
      }
    });
    await run(`import * as widgets from "residency/widgets"; import { interact } from "residency/widgets";`);
  });
  after(() => kernel.shutdown());
  const run = async (code: string): Promise<CellRun> => {
    const result = await runCell(kernel, code);
    assert.equal(result.reply.status, "ok", JSON.stringify(result.reply));
    return result;
  };
  /** Shows a widget and gives its id. */
  const show = async (code: string): Promise<string> => {
    const { outputs } = await run(code);
    const view = outputs.flatMap((output) =>
      "data" in output ? [output.data["application/vnd.jupyter.widget-view+json"]] : [],
    )[0];
    assert.ok(isObject(view) && view["version_major"] === 2);
    const { model_id: id } = view;
    assert.ok(typeof id === "string");
    return id;
  };
  const stateOf = (id: string): JsonObject => {
    const state = models.get(id.replace("IPY_MODEL_", ""));
    assert.ok(state, `no model ${id}`);
    return state;
  };
  const move = (id: string, state: object): Promise<void> =>
    kernel.sendComm({
      type: "comm_msg",
      comm_id: id.replace("IPY_MODEL_", ""),
      data: { method: "update", state, buffer_paths: [] },
    });
  const children = (id: string): string[] => stateOf(id)["children"] as string[];

  it("are announced with ipywidgets' state when they are shown", async () => {
    const id = await show(
      "const n = widgets.intSlider({ min: 1, max: 9, value: 3, description: 'n', layout: { minWidth: '5em' } }); n",
    );
    const { layout, ...state } = stateOf(id);
    assert.deepEqual(
      { ...state, ...{ min: state["min"], value: state["value"] } },
      {
        _model_module: "@jupyter-widgets/controls",
        _model_module_version: "2.0.0",
        _model_name: "IntSliderModel",
        _view_module: "@jupyter-widgets/controls",
        _view_module_version: "2.0.0",
        _view_name: "IntSliderView",
        _view_count: null,
        ...{ min: 1, max: 9, step: 1, value: 3, description: "n", orientation: "horizontal" },
        ...{ continuous_update: true, readout: true, readout_format: "d" },
      },
    );
    assert.equal(stateOf(layout as string)["min_width"], "5em");
    assert.equal((await run("n")).result, "IntSlider { value: 3, min: 1, max: 9 }");
  });

  it("call listeners and echo when a front end moves them, and refuse values that they cannot have", async () => {
    const id = await show(
      "const s = widgets.floatSlider({ min: 0, max: 1 }); const seen: number[] = []; s.onChange((v) => seen.push(v)); s",
    );
    echoes.length = 0;
    await move(id, { value: 0.5 });
    await move(id, { value: "<script>", min: -5 });
    await move(id, { value: 7 });
    assert.equal((await run("[s.value, seen]")).result, "[ 0.5, [ 0.5 ] ]");
    assert.deepEqual(echoes, [{ value: 0.5 }, {}, {}]);
  });

  it("tell front ends, and listeners, when a cell sets them", async () => {
    const id = await show(
      "const t = widgets.text({ value: 'a' }); let last = ''; t.onChange((v) => (last = v)); t",
    );
    await run("t.value = 'b'; for (let i = 0; i < 1000; i++) t.value = `c${i}`;");
    assert.equal(stateOf(id)["value"], "c999");
    assert.equal((await run("last")).result, "'c999'");
    const { reply } = await runCell(kernel, "s.value = 2");
    assert.ok(reply.status === "error");
    assert.match(reply.evalue, /FloatSlider got the value 2; give one from 0 to 1/);
  });

  it("hold typed values when they are dropdowns, checkboxes, buttons and text", async () => {
    const id = await show(
      `const pick = widgets.dropdown({ options: { one: 1, two: 2 } });
       const tick = widgets.checkbox(); const press = widgets.button({ description: "Go" }); const line = widgets.text();
       const log: unknown[] = []; press.onClick(() => log.push("click")); line.onSubmit((v) => log.push(v));
       const chosen: 1 | 2 = pick.value; widgets.hbox([pick, widgets.vbox([tick, press]), line, widgets.html("<b>x</b>"), widgets.intProgress({ value: 5 })])`,
    );
    const [pick = "", box = "", line = ""] = children(id);
    const [tick = "", press = ""] = children(box);
    assert.deepEqual(stateOf(pick)["_options_labels"], ["one", "two"]);
    await move(pick, { index: 1 });
    await move(pick, { index: 2 });
    await move(pick, { index: 0.5 });
    await move(tick, { value: true });
    await move(line, { value: "typed" });
    const custom = (to: string, event: string): Promise<void> =>
      kernel.sendComm({
        type: "comm_msg",
        comm_id: to.replace("IPY_MODEL_", ""),
        data: { method: "custom", content: { event } },
      });
    await custom(press, "click");
    await custom(line, "submit");
    assert.equal((await run("[pick.value, tick.value, log]")).result, "[ 2, true, [ 'click', 'typed' ] ]");
    assert.equal(stateOf(press)["description"], "Go");
  });

  it("take output when code runs in an output widget, also after an await", async () => {
    const id = await show("const area = widgets.output(); area");
    const { text } = await run(
      `await area.capture(async () => { console.log("in"); await null; console.log("late"); display({ a: 1 }); }); console.log("out")`,
    );
    assert.equal(text, "out\n");
    assert.deepEqual(stateOf(id)["outputs"], [
      { output_type: "stream", name: "stdout", text: "in\nlate\n" },
      { output_type: "display_data", data: { "text/plain": "{ a: 1 }" }, metadata: {} },
    ]);
    await run("area.clear()");
    assert.deepEqual(stateOf(id)["outputs"], []);
  });

  it("run a function again when a control of interact moves, with types that follow from the controls", async () => {
    const id = await show(
      `const seen2: string[] = [];
       const shown = interact(({ x, on, kind, name, deep }) => {
         const typed: [number, boolean, "a" | "b", string, number] = [x, on, kind, name, deep]; seen2.push(typed.join());
         console.log("x is", x); return on ? x : undefined;
       }, { x: { min: 0, max: 10, value: 2 }, on: true, kind: ["a", "b"], name: "n", deep: widgets.floatSlider() });
       shown`,
    );
    const [x = "", on = "", kind = "", , , area = ""] = children(id);
    assert.equal(stateOf(x)["_model_name"], "IntSliderModel");
    const outputs = (): unknown[] =>
      (stateOf(area)["outputs"] as JsonObject[]).map(
        (one) => one["text"] ?? (one["data"] as JsonObject)["text/plain"],
      );
    assert.deepEqual(outputs(), ["x is 2\n", "2"]);
    await move(x, { value: 7 });
    assert.deepEqual(outputs(), ["x is 7\n", "7"]);
    await move(on, { value: false });
    await move(kind, { index: 1 });
    assert.deepEqual(outputs(), ["x is 7\n"]);
    assert.equal(
      (await run("[seen2.at(-1), shown.controls.x.value, shown.result]")).result,
      "[ '7,false,b,n,0', 7, undefined ]",
    );
    await run("shown.close()");
    assert.equal(models.has(id), false);
  });

  it("report an error below the cell once, and in the output each time, when interact's function throws", async () => {
    const stderr: string[] = [];
    const stop = kernel.onIopub((message) => {
      if (message.type === "stream") stderr.push(message.content.text);
    });
    const id = await show(
      `interact(({ y }) => { if (y > 1) throw new RangeError("too much"); }, { y: { min: 0, max: 5 } })`,
    );
    const [y = "", area = ""] = children(id);
    await move(y, { value: 3 });
    await move(y, { value: 4 });
    stop();
    assert.match(stderr.join(""), /^Uncaught RangeError: too much\n {4}at .*cell \d+:1:[^]*$/);
    assert.equal(stderr.join("").split("Uncaught").length, 2);
    assert.deepEqual(
      (stateOf(area)["outputs"] as JsonObject[]).map((one) => one["text"]),
      ["RangeError: too much\n"],
    );
  });

  it("are all told to a front end that comes later, and one by one when it asks", async () => {
    const told: JsonObject[] = [];
    const stop = kernel.onIopub((message) => {
      if (message.type === "comm_msg") told.push(message.content.data);
    });
    await kernel.sendComm({ type: "comm_open", comm_id: "control", target_name: "jupyter.widget.control" });
    await kernel.sendComm({ type: "comm_msg", comm_id: "control", data: { method: "request_states" } });
    const [first] = told;
    assert.equal(first?.["method"], "update_states");
    assert.deepEqual(Object.keys(first["states"] as JsonObject).sort(), [...models.keys()].sort());
    const open = Object.keys((await kernel.commInfo("jupyter.widget")).comms);
    assert.deepEqual(open.sort(), [...models.keys()].sort());
    await kernel.sendComm({ type: "comm_msg", comm_id: open[0] ?? "", data: { method: "request_state" } });
    stop();
    assert.equal(told.at(-1)?.["method"], "update");
  });
});
