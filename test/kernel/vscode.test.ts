/** Saved notebooks in VS Code, in a real browser: figures, tables, formulas and text are drawn by what VS Code brings itself. */
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import path from "node:path";
import { executeNotebook, serializeNotebook } from "../../kernel/index.ts";
import { launchKernel } from "../../kernel/client/index.ts";
import { notebookOf } from "../support/notebooks.ts";
import { repositoryRoot } from "../support/paths.ts";
import { missingForVsCode, openInVsCode } from "../support/vscode.ts";
import type { VsCodeSession } from "../support/vscode.ts";

const sources = [
  `import { html, latex, markdown, plotly, svg } from "residency/cell";
display(plotly({
  data: [{ type: "scatter", x: [1, 2, 3, 4], y: [1, 4, 9, 16] }],
  layout: { title: { text: "Squares" }, height: 300 },
}));`,
  'display([{ word: "fever", count: 3 }]);',
  'display(markdown("**bold text**"));\ndisplay(latex("$\\\\frac{1}{2}$"));',
  `display(svg('<svg xmlns="http://www.w3.org/2000/svg" width="60" height="40"><circle cx="20" cy="20" r="9"/></svg>'));`,
];

/** The file of a notebook that was run, with Plotly in its first figure. */
async function runNotebook(): Promise<string> {
  const notebook = notebookOf(...sources);
  const client = await launchKernel({ cwd: repositoryRoot });
  try {
    assert.equal(await executeNotebook(client, notebook), undefined);
  } finally {
    await client.shutdown();
  }
  return serializeNotebook(notebook);
}

describe("VS Code", function () {
  this.timeout(180_000);
  this.slow(60_000);
  let session: VsCodeSession | undefined;

  before(function () {
    const missing = missingForVsCode();
    if (missing === undefined) return;
    process.stdout.write(`      skipped: ${missing}\n`);
    this.skip();
  });
  afterEach(async () => {
    await session?.close();
    session = undefined;
  });

  it("shows a saved figure's picture, whole and on white paper, when the theme is dark and Plotly is not there", async () => {
    const text = await readFile(path.join(repositoryRoot, "notebooks/00-start-here.ipynb"), "utf8");
    session = await openInVsCode(text, { theme: "Default Dark Modern" });
    await session.scrollTo("td:has-text('or a list of objects')");
    await session.screenshot("vscode-table");
    await session.scrollTo('img[alt^="Plotly figure"]');
    const picture = session.outputs.locator('img[alt^="Plotly figure"]').first();
    const { natural, shown, room } = await picture.evaluate((image) => {
      const { naturalWidth, clientWidth, ownerDocument } = image as unknown as {
        naturalWidth: number;
        clientWidth: number;
        ownerDocument: { documentElement: { clientWidth: number } };
      };
      return {
        natural: naturalWidth,
        shown: clientWidth,
        room: ownerDocument.documentElement.clientWidth,
      };
    });
    assert.ok(natural >= 300 && shown > 0 && shown <= room, `${natural} px, ${shown} of ${room} shown`);
    await session.screenshot("vscode-picture");
  });

  it("draws a figure with Plotly, and tables, Markdown, formulas and pictures, when the notebook brings Plotly", async () => {
    session = await openInVsCode(await runNotebook());
    await session.scrollTo(".js-plotly-plot .scatterlayer .trace path.js-line");
    assert.match(await session.outputs.locator(".js-plotly-plot").innerText(), /Squares/);
    await session.screenshot("vscode-figure");
    await session.scrollTo("td:has-text('fever')");
    await session.scrollTo("strong:has-text('bold text')");
    await session.scrollTo(".katex .mfrac");
    await session.scrollTo("svg circle");
    await session.screenshot("vscode-displays");
  });
});
