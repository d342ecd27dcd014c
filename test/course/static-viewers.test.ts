/** Saved notebooks where no script runs, as on GitHub: each figure is a picture, and every output says something. */
import assert from "node:assert/strict";
import { execFile, spawnSync } from "node:child_process";
import { readFileSync, readdirSync, statSync } from "node:fs";
import path from "node:path";
import { promisify } from "node:util";
import type { Output } from "../../kernel/index.ts";
import { parseNotebook } from "../../kernel/notebook/index.ts";
import { launchChromium, missingChromium } from "../support/chromium.ts";
import { jupyterProgram } from "../support/jupyterlab.ts";
import { repositoryRoot } from "../support/paths.ts";
import { parseBody, parseSvg, shownStatically, withoutActiveContent } from "../support/static-view.ts";

const plotlyMime = "application/vnd.plotly.v1+json";
/** The smallest notebook that GitHub was reported not to show for its size had 2.6 MB (googlecolab/colabtools issue 489). */
const maxBytes = 1_000_000;

const folder = path.join(repositoryRoot, "notebooks");
const files = [folder, path.join(folder, "ko")].flatMap((each) =>
  readdirSync(each)
    .filter((name) => name.endsWith(".ipynb"))
    .map((name) => path.join(each, name)),
);

function outputsOf(file: string): Output[] {
  const { cells } = parseNotebook(readFileSync(file, "utf8"));
  return cells.flatMap((cell) => (cell.cell_type === "code" ? cell.outputs : []));
}

function pictureIn(html: string): { alt: string; svg: string } {
  const images = [...parseBody(withoutActiveContent(html)).querySelectorAll("img")];
  assert.equal(images.length, 1);
  const [, data = ""] = /^data:image\/svg\+xml;base64,(.*)$/.exec(images[0]?.getAttribute("src") ?? "") ?? [];
  return {
    alt: images[0]?.getAttribute("alt") ?? "",
    svg: Buffer.from(data, "base64").toString(),
  };
}

/** An SVG in an `<img>` has nothing but itself: no page's namespace, fonts, styles or background. */
function checkPicture(svg: string): void {
  const root = parseSvg(svg);
  assert.equal(root.tagName.toLowerCase(), "svg");
  assert.equal(root.getAttribute("xmlns"), "http://www.w3.org/2000/svg");
  const [width, height] = [root.getAttribute("width"), root.getAttribute("height")];
  assert.ok(Number(width) > 0 && Number(height) > 0, `${width} x ${height}`);
  const elements = [...root.querySelectorAll("*")];
  const foreign = elements.filter(({ tagName }) => /^(?:script|style|foreignobject|iframe)$/i.test(tagName));
  assert.deepEqual(foreign, []);
  const ids = new Set(elements.map((element) => element.getAttribute("id")));
  for (const { name, value } of elements.flatMap((element) => [...element.attributes])) {
    assert.doesNotMatch(name, /^on/i);
    if (name.endsWith("href")) assert.match(value, /^(?:#|data:image\/png;base64,)/);
    for (const [, id = ""] of value.matchAll(/url\(#([^)]+)\)/g)) assert.ok(ids.has(id), id);
  }
  // Dark pages would shine through behind dark letters.
  const paper = root.firstElementChild;
  assert.ok(paper);
  assert.equal(paper.tagName.toLowerCase(), "rect");
  assert.deepEqual(
    [paper.getAttribute("width"), paper.getAttribute("height"), paper.getAttribute("style")],
    [width, height, "fill:#ffffff"],
  );
  assert.ok(elements.some(({ tagName, textContent }) => tagName === "text" && textContent !== ""));
}

describe("saved notebooks in a viewer without scripts", function () {
  this.timeout(60_000);

  for (const file of files) {
    const name = path.relative(folder, file);

    it(`${name} has a picture and a text for each figure when scripts are dropped`, () => {
      for (const output of outputsOf(file)) {
        if (!("data" in output) || !(plotlyMime in output.data)) continue;
        const shown = shownStatically(output);
        assert.equal(shown?.type, "text/html");
        const { alt, svg } = pictureIn(shown.content);
        // What prefers the other type of the bundle shows the same.
        assert.equal(svg, output.data["image/svg+xml"]);
        checkPicture(svg);
        assert.match(alt, /^Plotly figure/);
        const text = output.data["text/plain"];
        assert.ok(typeof text === "string");
        assert.match(text, /^(?!.*\[object).{10}/s);
      }
    });

    it(`${name} says something in each other output, and is small enough to be shown`, () => {
      assert.ok(statSync(file).size < maxBytes, `${statSync(file).size} bytes`);
      for (const output of outputsOf(file)) {
        if (!("data" in output) || plotlyMime in output.data) continue;
        const shown = shownStatically(output);
        assert.ok(shown, `nothing can be shown of ${Object.keys(output.data).join(", ")}`);
        const text =
          shown.type === "text/html"
            ? parseBody(withoutActiveContent(shown.content)).textContent
            : shown.content;
        assert.ok(text.trim() !== "", `an empty ${shown.type}`);
      }
    });
  }

  it("are drawn as pictures in a browser when nbconvert made the page and scripts are off", async function () {
    const file = path.join(folder, "00-start-here.ipynb");
    const missing = missingForPage();
    if (missing !== undefined) {
      process.stdout.write(`      skipped: ${missing}\n`);
      return this.skip();
    }
    const { stdout } = await promisify(execFile)(
      jupyterProgram("jupyter"),
      ["nbconvert", "--to", "html", "--stdout", file],
      { maxBuffer: 64_000_000 },
    );
    const browser = await launchChromium();
    try {
      const context = await browser.newContext({ javaScriptEnabled: false, offline: true });
      const page = await context.newPage();
      await page.setContent(withoutActiveContent(stdout));
      const sizes = await page
        .locator('img[alt^="Plotly figure"]')
        .evaluateAll((images) =>
          images.map((image) => [
            (image as unknown as { naturalWidth: number }).naturalWidth,
            (image as unknown as { naturalHeight: number }).naturalHeight,
          ]),
        );
      const figures = outputsOf(file).filter((output) => "data" in output && plotlyMime in output.data);
      assert.equal(sizes.length, figures.length);
      for (const [width = 0, height = 0] of sizes)
        assert.ok(width >= 300 && height >= 200, `${width} x ${height}`);
      await page.locator("td", { hasText: "or a list of objects" }).waitFor();
      const screenshots = process.env["RESIDENCY_SCREENSHOTS"];
      if (screenshots !== undefined)
        await page.screenshot({ path: path.join(screenshots, "static-viewer.png"), fullPage: true });
    } finally {
      await browser.close();
    }
  });
});

function missingForPage(): string | undefined {
  return (
    missingChromium() ??
    (spawnSync(jupyterProgram("jupyter"), ["nbconvert", "--version"]).status === 0
      ? undefined
      : "the command `jupyter nbconvert` is not installed")
  );
}
