/** An open notebook in JupyterLab, in the words of its user: cells, outputs, menus, buttons, keys. */
import path from "node:path";
import type { Locator, Page } from "playwright-core";

/** What a person can do with the notebook and see of it. */
export interface NotebookPage {
  page: Page;
  /** The cell with this index. */
  cell(index: number): Locator;
  outputs(index: number): Locator;
  /** What stands left of a cell's code, such as "[3]:". */
  inputPrompt(index: number): Promise<string>;
  /** Chooses an entry of a menu of the menu bar. */
  menu(name: string, entry: string | RegExp): Promise<void>;
  /** Runs a cell with Shift+Enter. */
  run(index: number): Promise<void>;
  /** Replaces a cell's code by typing and leaves the cursor behind it. */
  type(index: number, code: string): Promise<void>;
  /** Presses a button of the notebook's toolbar. */
  toolbar(item: "interrupt" | "restart"): Promise<void>;
  /** Resolves when the kernel's indicator says so. */
  kernelIs(status: "idle" | "busy"): Promise<void>;
  /** Keeps a picture where RESIDENCY_SCREENSHOTS names a folder. */
  screenshot(name: string): Promise<void>;
}

/** Takes hold of the notebook that is in front. */
export function notebookPage(page: Page): NotebookPage {
  const notebook = page.locator(".jp-NotebookPanel:not(.lm-mod-hidden)");
  const cell = (index: number): Locator => notebook.locator(`.jp-Cell[data-windowed-list-index="${index}"]`);
  const focus = (index: number): Promise<void> => cell(index).locator(".cm-content").click();
  return {
    page,
    cell,
    outputs: (index) => cell(index).locator(".jp-OutputArea-output"),
    inputPrompt: (index) => cell(index).locator(".jp-InputArea-prompt").innerText(),
    kernelIs: (status) =>
      notebook.locator(`.jp-Notebook-ExecutionIndicator[data-status="${status}"]`).first().waitFor(),
    async menu(name, entry) {
      await page.locator(".lm-MenuBar-item", { hasText: new RegExp(`^${name}$`) }).click();
      await page.locator(".lm-Menu-item", { hasText: entry }).first().click();
    },
    async run(index) {
      await focus(index);
      await page.keyboard.press("Shift+Enter");
    },
    async type(index, code) {
      await focus(index);
      await page.keyboard.press("ControlOrMeta+a");
      await page.keyboard.press("Backspace");
      await page.keyboard.type(code);
    },
    toolbar: (item) => notebook.locator(`.jp-Toolbar-item[data-jp-item-name="${item}"]`).click(),
    async screenshot(name) {
      const folder = process.env["RESIDENCY_SCREENSHOTS"];
      if (folder !== undefined) await page.screenshot({ path: path.join(folder, `${name}.png`) });
    },
  };
}
