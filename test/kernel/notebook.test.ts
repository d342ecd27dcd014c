/** Tests of notebooks: reading, writing, and folding messages into outputs. */
import assert from "node:assert/strict";
import {
  createOutputCollector,
  executeNotebook,
  parseNotebook,
  serializeNotebook,
} from "../../kernel/index.ts";
import type { CellRunner, IopubContents, IopubMessage, Notebook, Output } from "../../kernel/index.ts";

function message<T extends keyof IopubContents>(type: T, content: IopubContents[T]): IopubMessage {
  return { type, content, parentId: undefined, metadata: {}, buffers: [] } as unknown as IopubMessage;
}

function file(cells: object[], extra: object = {}): string {
  return JSON.stringify({
    cells,
    metadata: { custom: { kept: true } },
    nbformat: 4,
    nbformat_minor: 5,
    ...extra,
  });
}

const stream = { output_type: "stream", name: "stdout", text: ["a\n", "b"] };
const codeCell = {
  cell_type: "code",
  id: "one",
  metadata: { tags: ["x"] },
  execution_count: 3,
  outputs: [stream],
};

describe("parseNotebook", () => {
  it("joins lines and keeps unknown metadata when a notebook is valid", () => {
    const notebook = parseNotebook(
      file([
        { ...codeCell, source: ["const a = 1;\n", "a"] },
        { cell_type: "markdown", id: "two", metadata: {}, source: "# x" },
      ]),
    );
    const [code, markdown] = notebook.cells;
    assert.equal(code?.source, "const a = 1;\na");
    assert.ok(code.cell_type === "code");
    assert.deepEqual(code.outputs, [{ output_type: "stream", name: "stdout", text: "a\nb" }]);
    assert.equal(code.execution_count, 3);
    assert.equal(markdown?.source, "# x");
    assert.deepEqual(notebook.metadata, { custom: { kept: true } });
  });

  it("gives cells without id the same id at each reading when the file is older than 4.5", () => {
    const old = file([{ cell_type: "markdown", metadata: {}, source: "x" }], { nbformat_minor: 4 });
    const [first, second] = [parseNotebook(old), parseNotebook(old)];
    assert.match(first.cells[0]?.id ?? "", /^[0-9a-f]{8}$/);
    assert.deepEqual(first, second);
  });

  it("throws E_NOTEBOOK and names the place when the file is malformed", () => {
    const bad: [string, RegExp][] = [
      ["{", /not JSON/],
      ["[]", /notebook must be an object/],
      [file([], { nbformat: 3 }), /nbformat is 3/],
      [file([], { cells: {} }), /cells must be a list/],
      [file([{ cell_type: "code", source: 1 }]), /cells\[0\]\.source/],
      [file([{ cell_type: "query", source: "" }]), /cells\[0\]\.cell_type is "query"/],
      [file([{ ...codeCell, source: "", outputs: [{ output_type: "pyout" }] }]), /outputs\[0\]\.output_type/],
      [
        file([
          { ...codeCell, source: "" },
          { ...codeCell, source: "" },
        ]),
        /used by another cell/,
      ],
    ];
    for (const [text, expected] of bad) {
      assert.throws(() => parseNotebook(text), { code: "E_NOTEBOOK", message: expected });
    }
  });
});

describe("serializeNotebook", () => {
  it("writes lists of lines, sorted keys and one space of indent when a notebook is saved", () => {
    const notebook = parseNotebook(file([{ ...codeCell, source: "a\nb" }]));
    const text = serializeNotebook(notebook);
    assert.ok(text.startsWith('{\n "cells": [\n  {\n   "cell_type": "code",\n   "execution_count": 3,\n'));
    assert.ok(text.endsWith(' "nbformat": 4,\n "nbformat_minor": 5\n}\n'));
    assert.deepEqual(parseNotebook(text), notebook);
    assert.equal(serializeNotebook(parseNotebook(text)), text);
  });
});

describe("createOutputCollector", () => {
  function collect(...messages: IopubMessage[]): Output[] {
    const outputs: Output[] = [];
    const collector = createOutputCollector();
    collector.begin(outputs);
    for (const one of messages) collector.add(one);
    return outputs;
  }

  it("merges texts of one stream when they follow each other", () => {
    const outputs = collect(
      message("stream", { name: "stdout", text: "a" }),
      message("stream", { name: "stdout", text: "b\n" }),
      message("stream", { name: "stderr", text: "c" }),
      message("stream", { name: "stdout", text: "10%\r20%\r30%\n" }),
    );
    assert.deepEqual(
      outputs.map((output) => output.output_type === "stream" && output.text),
      ["ab\n", "c", "30%\n"],
    );
  });

  it("replaces a display of an earlier cell when it is updated by id", () => {
    const collector = createOutputCollector();
    const [first, second]: Output[][] = [[], []];
    const display = (text: string): IopubContents["display_data"] => ({
      data: { "text/plain": text },
      metadata: {},
      transient: { display_id: "d" },
    });
    collector.begin(first!);
    collector.add(message("display_data", display("old")));
    collector.begin(second!);
    collector.add(message("update_display_data", display("new")));
    assert.deepEqual(first, [{ output_type: "display_data", data: { "text/plain": "new" }, metadata: {} }]);
    assert.deepEqual(second, []);
  });

  it("clears with the next output when clear_output asks to wait", () => {
    const text = (value: string): IopubMessage => message("stream", { name: "stdout", text: value });
    assert.equal(collect(text("a"), message("clear_output", { wait: true })).length, 1);
    assert.equal(collect(text("a"), message("clear_output", { wait: false })).length, 0);
    const [only] = collect(text("a"), message("clear_output", { wait: true }), text("b"));
    assert.deepEqual(only, { output_type: "stream", name: "stdout", text: "b" });
  });
});

describe("executeNotebook", () => {
  const notebook = (): Notebook =>
    parseNotebook(file(["1", "bad", "2"].map((source, index) => ({ ...codeCell, id: `c${index}`, source }))));
  const runner: CellRunner = {
    execute(code, options = {}) {
      options.onMessage?.(message("execute_input", { code, execution_count: 7 }));
      if (code !== "bad") {
        return Promise.resolve({
          status: "ok",
          execution_count: 7,
          user_expressions: {},
          payload: [],
        } as const);
      }
      const error = { ename: "Error", evalue: "bad", traceback: [] };
      options.onMessage?.(message("error", error));
      return Promise.resolve({ status: "error", execution_count: 7, ...error });
    },
  };

  it("stops at the first failure and gives it when errors are not allowed", async () => {
    const subject = notebook();
    const failure = await executeNotebook(runner, subject);
    assert.equal(failure?.index, 1);
    assert.equal(failure.evalue, "bad");
    assert.equal(failure.cell.outputs[0]?.output_type, "error");
    const counts = subject.cells.map((cell) => cell.cell_type === "code" && cell.execution_count);
    assert.deepEqual(counts, [7, 7, 3]);
  });

  it("runs all cells and gives the first failure when errors are allowed", async () => {
    const ended: number[] = [];
    const failure = await executeNotebook(runner, notebook(), {
      allowErrors: true,
      onCellEnd: (_, index) => ended.push(index),
    });
    assert.deepEqual(ended, [0, 1, 2]);
    assert.equal(failure?.index, 1);
  });
});
