/** Tests of widgets and figures as a person uses them: JupyterLab in a browser. */
import assert from "node:assert/strict";
import { missingForLab, openInLab } from "../support/jupyterlab.ts";
import type { LabSession } from "../support/jupyterlab.ts";

const cells = [
  `import { button, checkbox, dropdown, hbox, html, intProgress, intSlider, interact, output, text, vbox } from "residency/widgets";
const slider = intSlider({ min: 0, max: 10, value: 3, description: "size", layout: { width: "320px" } });
const press = button({ description: "Press me", icon: "play", buttonStyle: "primary" });
const bar = intProgress({ max: 10, value: 3, description: "bar" });
slider.onChange((value) => { bar.value = value; console.log("slider at", value); });
press.onClick(() => console.log("pressed at", slider.value));
vbox([slider, hbox([press, checkbox({ description: "tick" }), dropdown({ options: ["red", "blue"], description: "colour" })]), bar, text({ description: "name", placeholder: "type" }), html("<b>bold</b> <i>text</i>")])`,
  `interact(({ n, word }) => { console.log(word.repeat(n)); return { n, word }; }, { n: { min: 1, max: 5 }, word: "ab" })`,
  `import { plotly } from "residency/cell";\nplotly({ data: [{ y: [1, 2] }], layout: { height: 250 } })`,
];

describe("widgets in JupyterLab", function () {
  this.timeout(120_000);
  let lab: LabSession | undefined;
  before(async function () {
    const missing = missingForLab("@jupyter-widgets/jupyterlab-manager");
    if (missing === undefined) {
      lab = await openInLab(...cells);
      return;
    }
    process.stdout.write(`      skipped: ${missing}\n`);
    this.skip();
  });
  after(() => lab?.close());

  it("run the cell's functions when a slider moves, a button is pressed and interact's text is typed", async () => {
    assert.ok(lab);
    const { page } = lab;
    await lab.command("notebook:run-all-cells");
    const handle = page.locator(".widget-slider .noUi-handle").first();
    await handle.waitFor({ timeout: 30_000 });
    await handle.focus();
    for (let i = 0; i < 4; i++) await page.keyboard.press("ArrowRight");
    const first = page.locator(".jp-CodeCell").first();
    await first.getByText("slider at 7").waitFor();
    await page.getByRole("button", { name: "Press me" }).click();
    await first.getByText("pressed at 7").waitFor();
    await first.locator(".progress-bar[style*='width: 70%']").waitFor({ timeout: 5000 });
    const second = page.locator(".jp-CodeCell").nth(1);
    await second.locator("input[type=text]").fill("xyz");
    await second.locator(".noUi-handle").focus();
    await page.keyboard.press("ArrowRight");
    await second.getByText("xyzxyz", { exact: true }).waitFor();
    await second.getByText("{ n: 2, word: 'xyz' }").waitFor();
    const screenshot = process.env["RESIDENCY_SCREENSHOTS"];
    if (screenshot !== undefined) await page.screenshot({ path: `${screenshot}/widgets.png` });
  });

  it("are there again when the page is loaded again, and figures can be zoomed", async () => {
    assert.ok(lab);
    const { page } = lab;
    await page.locator(".js-plotly-plot").waitFor();
    await lab.command("docmanager:save");
    await page.reload();
    await lab.connected();
    const slider = page.locator(".jp-CodeCell").first().locator(".widget-readout").first();
    await slider.getByText("7").waitFor({ timeout: 10_000 });
    await page.locator(".jp-CodeCell").nth(2).click();
    await lab.command("notebook:run-cell");
    await page.locator(".jp-CodeCell").nth(2).locator(".js-plotly-plot").waitFor();
  });
});
