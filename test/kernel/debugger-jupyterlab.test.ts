/** Tests of the debugger in JupyterLab's own panel, driven in a real browser. */
import assert from "node:assert/strict";
import type { Locator } from "playwright-core";
import { findJupyterLab, openDebuggedNotebook } from "../support/jupyterlab-debugger.ts";
import type { DebuggedNotebook } from "../support/jupyterlab-debugger.ts";

const cells = [
  "interface Dose { mg: number; days: number }\nfunction total(dose: Dose): number {\n  const perDay = dose.mg * 2;\n  return perDay * dose.days;\n}",
  "const dose: Dose = { mg: 250, days: 7 };\nconst sum = total(dose);\n`total: ${sum} mg`",
];

describe("the debugger in JupyterLab", function () {
  this.timeout(120_000);
  let notebook: DebuggedNotebook;
  let find: (selector: string) => Locator;
  before(async function () {
    const programs = findJupyterLab();
    if (typeof programs === "string") {
      process.stdout.write(`    skipped: ${programs}\n`);
      this.skip();
    }
    notebook = await openDebuggedNotebook(programs, cells);
    find = (selector) => notebook.page.locator(selector);
  });
  // It stays undefined where the programs are missing.
  after(() => (notebook as DebuggedNotebook | undefined)?.close());

  afterEach(async function () {
    if (this.currentTest?.isFailed()) await notebook.picture(`failed ${this.currentTest.title}`);
  });

  const cell = (index: number): Locator => find(".jp-Notebook .jp-CodeCell").nth(index);
  const run = async (index: number): Promise<void> => {
    await cell(index).locator(".cm-content").click();
    await notebook.page.keyboard.press("Control+Enter");
  };
  const press = (button: string): Promise<void> => find(`[data-jp-item-name="${button}"] jp-button`).click();
  const frames = (): Promise<string[]> => find(".jp-DebuggerCallstackFrame-name").allTextContents();
  const currentLine = (): Promise<string> => find(".jp-DebuggerEditor-highlight").innerText();
  const lineIs = (text: string): Promise<void> =>
    find(".jp-DebuggerEditor-highlight").filter({ hasText: text }).waitFor({ timeout: 10_000 });
  const variable = (name: string): Locator =>
    find(".jp-DebuggerVariables-body .jp-TreeItem").filter({
      has: notebook.page.locator(".jp-DebuggerVariables-name").getByText(name, { exact: true }),
    });

  it("starts when its button is pressed", async () => {
    await run(0);
    await cell(0).locator(".jp-InputPrompt").getByText("[1]:").waitFor({ timeout: 60_000 });
    await find('[data-jp-item-name="debugger-icon"] [aria-pressed="false"]').first().click();
    await find('.jp-NotebookPanel[data-jp-debugger="true"]').waitFor();
    await variable("total").waitFor();
    await notebook.picture("1-started");
  });

  it("stops at a breakpoint when the gutter was clicked", async () => {
    await cell(1).locator(".cm-breakpoint-gutter .cm-gutterElement").nth(2).click();
    await find(".jp-DebuggerBreakpoint").waitFor();
    await run(1);
    await lineIs("const sum = total(dose);");
    assert.deepEqual(await frames(), ["cell 2"]);
    await variable("dose").waitFor();
    await notebook.picture("2-breakpoint");
  });

  it("steps into a function of an earlier cell when asked to", async () => {
    await press("step-in");
    await lineIs("const perDay = dose.mg * 2;");
    assert.deepEqual(await frames(), ["total", "cell 2"]);
    await press("step-over");
    await lineIs("return perDay * dose.days;");
    await variable("perDay").getByText("500").waitFor();
    await notebook.picture("3-step");
  });

  it("steps out and goes on to the end when asked to", async () => {
    await press("step-out");
    await lineIs("total: ${sum} mg");
    assert.match(await currentLine(), /total/);
    await press("continue");
    await cell(1).locator(".jp-OutputArea-output").getByText("'total: 3500 mg'").waitFor();
    await variable("sum").getByText("3500").waitFor();
    await notebook.picture("4-done");
  });
});
