/** The report: one page that needs nothing else, and into which no output can break. */
import assert from "node:assert/strict";
import type { Notebook, Output } from "../../kernel/notebook/index.ts";
import { readPlotly, renderReport } from "../../cli/report/index.ts";
import { highlightTypeScript } from "../../cli/report/highlight.ts";
import { metricLabel } from "../../cli/report/metric-label.ts";

function notebookWith(...outputs: Output[]): Notebook {
  return {
    nbformat: 4,
    nbformat_minor: 5,
    metadata: {},
    cells: [
      { cell_type: "markdown", id: "a", metadata: {}, source: "# Tokens & text\n\nSome *text*." },
      { cell_type: "code", id: "b", metadata: {}, source: "f(1);", execution_count: 1, outputs },
    ],
  };
}

function render(notebook: Notebook, metrics: [string, string | number][] = []): string {
  return renderReport(notebook, {
    name: "x.ipynb",
    seconds: new Map([[1, 2.5]]),
    outcome: { ok: true, text: "every cell ran" },
    metrics,
    plotlySource: () => "/* plotly */",
  });
}

const display = (
  type: string,
  value: string | { data: []; layout: { title: { text: string } } },
): Output => ({
  output_type: "display_data",
  data: { [type]: value },
  metadata: {},
});
const figureType = "application/vnd.plotly.v1+json";
const figure = { data: [] as [], layout: { title: { text: "</script><b>" } } };

describe("renderReport", () => {
  it("is one page with title, outcome, prose, code and its time", () => {
    const page = render(notebookWith(), [["loss", 1.25]]);
    assert.match(page, /<title>Tokens &amp; text<\/title>/);
    assert.equal(page.split("Tokens &amp; text").length - 1, 2);
    assert.match(page, /✓ every cell ran/);
    assert.match(page, /<em>text<\/em>/);
    assert.match(page, /<span>1<\/span><span>2\.5 s<\/span>/);
    assert.match(page, /<td>loss<\/td><td>1\.25<\/td>/);
  });

  it("names no address that a browser would fetch, and forbids it too", () => {
    const page = render(notebookWith(display(figureType, figure)));
    assert.doesNotMatch(page, /(?:src|href)="(?!data:)[^"]*\/\//);
    assert.match(page, /Content-Security-Policy" content="default-src 'none'/);
  });

  it("carries plotly once, and only when there is a figure", () => {
    assert.equal(render(notebookWith(display("text/plain", "x"))).includes("/* plotly */"), false);
    const page = render(notebookWith(display(figureType, figure), display(figureType, figure)));
    assert.equal(page.split("/* plotly */").length - 1, 1);
    assert.equal(page.split('<div class="figure">').length - 1, 2);
  });

  it("keeps figure data inside its script element", () => {
    const page = render(notebookWith(display(figureType, figure)));
    assert.ok(page.includes('"text":"\\u003c/script>\\u003cb>"'));
  });

  it("escapes text outputs and takes colour codes out", () => {
    const page = render(
      notebookWith(
        { output_type: "stream", name: "stdout", text: "\u001b[31m<b>red</b>\u001b[0m" },
        { output_type: "error", ename: "E", evalue: "v", traceback: ["<i>trace</i>"] },
        display("text/plain", "<script>alert(1)</script>"),
      ),
    );
    assert.match(page, /<pre class="stream stdout">&lt;b&gt;red&lt;\/b&gt;<\/pre>/);
    assert.match(page, /<pre class="error">&lt;i&gt;trace&lt;\/i&gt;<\/pre>/);
    assert.match(page, /&lt;script&gt;alert\(1\)/);
    assert.doesNotMatch(page, /<script>alert/);
  });

  it("puts HTML outputs into frames without the page's origin, where only its own script runs", () => {
    const page = render(notebookWith(display("text/html", '<img src=x onerror="alert(1)">')));
    assert.match(
      page,
      /<iframe class="html-output" sandbox="allow-scripts" srcdoc="[^"]*&lt;img src=x onerror=&quot;/,
    );
    assert.match(page, /script-src &#39;sha256-[A-Za-z0-9+/=]{44}&#39;/);
    assert.doesNotMatch(page, /<img src=x/);
  });

  it("puts SVG and PNG outputs into images", () => {
    const page = render(
      notebookWith(display("image/svg+xml", "<svg onload='x'/>"), display("image/png", 'AA"><b>A=')),
    );
    assert.match(page, /<img alt="figure" src="data:image\/svg\+xml;base64,PHN2ZyBvbmxvYWQ9J3gnLz4=">/);
    assert.match(page, /<img alt="figure" src="data:image\/png;base64,AAbA=">/);
  });

  it("shows raw HTML of text cells as text, but for folds", () => {
    const notebook = notebookWith();
    notebook.cells[0]!.source =
      "# T\n\n<script>x</script>\n\n<details>\n<summary>Hint <1></summary>\n\n<details>\n<summary>A hint</summary>\n\n" +
      "[bad](javascript:x)\n\n</details>";
    const page = render(notebook);
    assert.doesNotMatch(page, /<script>x|<1>|href="javascript/);
    assert.match(page, /<details>\s*<summary>A hint<\/summary>/);
  });

  it("gives the same text for the same notebook", () => {
    assert.equal(
      render(notebookWith(display(figureType, figure))),
      render(notebookWith(display(figureType, figure))),
    );
  });
});

describe("highlightTypeScript", () => {
  it("marks keywords, strings, numbers and comments, and escapes all text", () => {
    assert.equal(
      highlightTypeScript("const a = 1; // <b>\n`x ${a} <y>`"),
      '<span class="k">const</span> a = <span class="n">1</span>; <span class="c">// &lt;b&gt;</span>\n' +
        '<span class="s">`x ${</span>a<span class="s">} &lt;y&gt;`</span>',
    );
  });

  it("loses no text of unfinished code", () => {
    const code = 'const s = "open\n/* never closed\n`${';
    assert.equal(highlightTypeScript(code).replaceAll(/<[^>]+>/g, ""), code.replaceAll('"', "&quot;"));
  });
});

describe("readPlotly", () => {
  it("reads a bundle that can stand in a script element", () => {
    const source = readPlotly();
    assert.match(source.slice(0, 200), /plotly\.js v\d/);
    assert.doesNotMatch(source, /<\/script|<script/i);
  });
});

describe("metricLabel", () => {
  it("says names of programs in words, with units in brackets", () => {
    const cases: [string, string][] = [
      ["peakRssMb", "peak memory (MB)"],
      ["tokensPerSecond", "tokens per second"],
      ["tokenF1", "token F1"],
      ["eval_loss", "evaluation loss"],
      ["rougeL", "rouge L"],
      ["BLEUScore", "BLEU score"],
      ["numTrainableParams", "number of trainable parameters"],
      ["firstTokenMs", "first token (ms)"],
      ["accuracyPercent", "accuracy (%)"],
      ["ms", "ms"],
      ["steps", "steps"],
      ["constructor", "constructor"],
      ["Notes read", "notes read"],
      ["", ""],
    ];
    for (const [name, label] of cases) assert.equal(metricLabel(name), label, name);
  });
});
