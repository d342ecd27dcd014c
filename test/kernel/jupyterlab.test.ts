/** The kernel in JupyterLab 4, in a real browser: what a person does and sees. */
import assert from "node:assert/strict";
import { missingForLab, openInLab } from "../support/jupyterlab.ts";
import type { LabSession } from "../support/jupyterlab.ts";
import { notebookPage } from "../support/jupyterlab-notebook.ts";
import type { NotebookPage } from "../support/jupyterlab-notebook.ts";

const sources = [
  'const greeting: string = "hello";\nlet kept = 41;\nconsole.log(greeting);\nkept + 1',
  'import { html, plotly } from "residency/cell";\ndisplay(html("<b>bold text</b>"));',
  `display(plotly({
  data: [{ type: "scatter", x: [1, 2, 3, 4], y: [1, 4, 9, 16] }],
  layout: { title: { text: "Squares" }, height: 300 },
}));`,
  "const numbers: number[] = [1, 2, 3];\nfunction half(value: number): number {\n  return value / 2;\n}",
  'const wrong: number = "text";',
  "kept = 42;\nwhile (true) {}",
  "kept",
  'const name = await prompt("Your name? ");\n"hello " + name',
  "function fail(value: string): never {\n  throw new RangeError(`no ${value}`);\n}\nfail(greeting);",
  "1",
];

describe("JupyterLab", function () {
  this.timeout(60_000);
  let lab: LabSession | undefined;
  let notebook: NotebookPage;

  before(async function () {
    const missing = missingForLab();
    if (missing !== undefined) {
      process.stdout.write(`      skipped: ${missing}\n`);
      return this.skip();
    }
    lab = await openInLab(...sources);
    notebook = notebookPage(lab.page);
  });
  after(() => lab?.close());

  it("shows text, HTML and a Plotly figure when all cells are run, and stops at a type error", async () => {
    await notebook.menu("Run", /^Run All Cells/);
    await notebook.outputs(4).first().waitFor();
    const [text, result] = await notebook.outputs(0).allInnerTexts();
    assert.equal(text?.trim(), "hello");
    assert.equal(result?.trim(), "42");
    await notebook.outputs(1).locator("b", { hasText: "bold text" }).waitFor();
    const figure = notebook.outputs(2).locator(".js-plotly-plot");
    await figure.locator("svg .scatterlayer .trace path.js-line").waitFor({ state: "attached" });
    assert.match(await figure.innerText(), /Squares/);
    const error = await notebook.outputs(4).innerText();
    assert.match(error, /TypeScriptError: Type 'string' is not assignable to type 'number'/);
    // The caret stands under the name: both lines are as long up to it.
    const lines = error.split("\n");
    const marked = lines.findIndex((line) => line.includes("const wrong"));
    assert.equal(lines[marked + 1]?.indexOf("^"), lines[marked]?.indexOf("wrong"), error);
    // The cells behind it were not run, and do not look so.
    assert.equal(await notebook.outputs(6).count(), 0);
    assert.equal((await notebook.inputPrompt(6)).trim(), "[ ]:");
    await notebook.screenshot("1-run-all");
  });

  it("completes members with Tab and documents a function with Shift+Tab", async () => {
    await notebook.type(9, "numbers.");
    await notebook.page.keyboard.press("Tab");
    const items = notebook.page.locator(".jp-Completer:not(.lm-mod-hidden) .jp-Completer-item");
    await items.filter({ hasText: /^m?map/ }).waitFor();
    await notebook.page.keyboard.press("Escape");
    await notebook.type(9, "numbers.toS");
    await notebook.page.keyboard.press("Tab");
    const completer = notebook.page.locator(".jp-Completer:not(.lm-mod-hidden)");
    const sorted = completer.locator(".jp-Completer-item", { hasText: "toSorted" });
    await sorted.waitFor();
    await notebook.screenshot("2-complete");
    await sorted.click();
    assert.equal(await notebook.cell(9).locator(".cm-content").innerText(), "numbers.toSorted");
    await notebook.type(9, "half");
    await notebook.page.keyboard.press("Shift+Tab");
    const tooltip = notebook.page.locator(".jp-Tooltip");
    // The tooltip comes before its text.
    await tooltip.filter({ hasText: "function half(value: number): number" }).waitFor();
    await notebook.screenshot("3-inspect");
    await notebook.page.keyboard.press("Escape");
  });

  it("stops an endless cell with the button and keeps the state", async () => {
    await notebook.run(5);
    await notebook.kernelIs("busy");
    await notebook.toolbar("interrupt");
    await notebook.outputs(5).first().waitFor();
    assert.match(await notebook.outputs(5).innerText(), /KeyboardInterrupt/);
    await notebook.run(6);
    await notebook.outputs(6).first().waitFor();
    assert.equal((await notebook.outputs(6).innerText()).trim(), "42");
    await notebook.screenshot("4-interrupt");
  });

  it("asks for a line of text when a cell calls prompt", async () => {
    await notebook.run(7);
    const field = notebook.cell(7).locator("input.jp-Stdin-input");
    await field.waitFor();
    assert.match(await notebook.cell(7).innerText(), /Your name\?/);
    await notebook.screenshot("5-prompt");
    await field.fill("Ada");
    await field.press("Enter");
    await notebook.outputs(7).filter({ hasText: "'hello Ada'" }).waitFor();
  });

  it("shows where a cell threw in the cell's own lines", async () => {
    await notebook.run(8);
    await notebook.outputs(8).first().waitFor();
    const text = await notebook.outputs(8).innerText();
    assert.match(text, /RangeError: no hello/);
    assert.match(text, /at fail \(cell \d+:2:9\)/);
    assert.match(text, /> 2 \| {3}throw new RangeError/);
    await notebook.screenshot("6-thrown");
  });

  it("forgets everything when the kernel is restarted", async () => {
    await notebook.toolbar("restart");
    await notebook.page.locator(".jp-Dialog .jp-mod-accept").click();
    await notebook.page.locator(".jp-Dialog").waitFor({ state: "detached" });
    await notebook.run(6);
    await notebook.outputs(6).filter({ hasText: "TypeScriptError" }).waitFor();
    assert.match(await notebook.outputs(6).innerText(), /Cannot find name 'kept'/);
    await notebook.screenshot("7-restarted");
  });
});
