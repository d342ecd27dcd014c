/** Tests of the debugger in JupyterLab's own panel, driven in a real browser. */
import assert from "node:assert/strict";
import path from "node:path";
import type { Locator } from "playwright-core";
import { missingForLab, openInLab } from "../support/jupyterlab.ts";
import type { LabSession } from "../support/jupyterlab.ts";

const cells = [
  "interface Dose { mg: number; days: number }\nfunction total(dose: Dose): number {\n  const perDay = dose.mg * 2;\n  return perDay * dose.days;\n}",
  "const dose: Dose = { mg: 250, days: 7 };\nconst sum = total(dose);\n`total: ${sum} mg`",
];

describe("the debugger in JupyterLab", function () {
  this.timeout(120_000);
  let lab: LabSession;
  let find: (selector: string) => Locator;
  before(async function () {
    const missing = missingForLab();
    if (missing !== undefined) {
      process.stdout.write(`    skipped: ${missing}\n`);
      this.skip();
    }
    lab = await openInLab(...cells);
    await lab.page.setViewportSize({ width: 1500, height: 950 });
    find = (selector) => lab.page.locator(selector);
  });
  // It stays undefined where the programs are missing.
  after(() => (lab as LabSession | undefined)?.close());

  /** Takes a picture when the environment variable RESIDENCY_SCREENSHOTS names a folder for it. */
  const picture = async (name: string): Promise<void> => {
    const folder = process.env["RESIDENCY_SCREENSHOTS"];
    if (folder) await lab.page.screenshot({ path: path.join(folder, `${name}.png`) });
  };
  afterEach(async function () {
    if (this.currentTest?.isFailed()) await picture(`failed ${this.currentTest.title}`);
  });

  const cell = (index: number): Locator => find(".jp-Notebook .jp-CodeCell").nth(index);
  const run = async (index: number): Promise<void> => {
    await cell(index).locator(".cm-content").click();
    await lab.page.keyboard.press("Control+Enter");
  };
  const press = (button: string): Promise<void> => find(`[data-jp-item-name="${button}"] jp-button`).click();
  const frames = (): Promise<string[]> => find(".jp-DebuggerCallstackFrame-name").allTextContents();
  const currentLine = (): Promise<string> => find(".jp-DebuggerEditor-highlight").innerText();
  const lineIs = (text: string): Promise<void> =>
    find(".jp-DebuggerEditor-highlight").filter({ hasText: text }).waitFor({ timeout: 10_000 });
  const variable = (name: string): Locator =>
    find(".jp-DebuggerVariables-body .jp-TreeItem").filter({
      has: lab.page.locator(".jp-DebuggerVariables-name").getByText(name, { exact: true }),
    });

  it("starts when its button is pressed", async () => {
    await run(0);
    await cell(0).locator(".jp-InputPrompt").getByText("[1]:").waitFor({ timeout: 60_000 });
    const started = find('.jp-NotebookPanel[data-jp-debugger="true"]');
    // JupyterLab shows the button before it has asked the kernel whether it can debug; a press before that is lost.
    for (let tries = 0; tries < 5 && !(await started.isVisible()); tries++) {
      await find('[data-jp-item-name="debugger-icon"] [aria-pressed="false"]').first().click();
      await started.waitFor({ timeout: 3000 }).catch(() => undefined);
    }
    await started.waitFor();
    await variable("total").waitFor();
    await picture("1-started");
  });

  it("stops at a breakpoint when the gutter was clicked", async () => {
    await cell(1).locator(".cm-breakpoint-gutter .cm-gutterElement").nth(2).click();
    await find(".jp-DebuggerBreakpoint").waitFor();
    await run(1);
    await lineIs("const sum = total(dose);");
    assert.deepEqual(await frames(), ["cell 2"]);
    await variable("dose").waitFor();
    await picture("2-breakpoint");
  });

  it("steps into a function of an earlier cell when asked to", async () => {
    await press("step-in");
    await lineIs("const perDay = dose.mg * 2;");
    assert.deepEqual(await frames(), ["total", "cell 2"]);
    await press("step-over");
    await lineIs("return perDay * dose.days;");
    await variable("perDay").getByText("500").waitFor();
    await picture("3-step");
  });

  it("steps out and goes on to the end when asked to", async () => {
    await press("step-out");
    await lineIs("total: ${sum} mg");
    assert.match(await currentLine(), /total/);
    await press("continue");
    await cell(1).locator(".jp-OutputArea-output").getByText("'total: 3500 mg'").waitFor();
    await variable("sum").getByText("3500").waitFor();
    await picture("4-done");
  });
});
