/** Tests of Plotly figures in a kernel: HTML that draws them, and a picture for viewers without scripts. */
import assert from "node:assert/strict";
import type { IopubMessage, KernelClient, Output } from "../../kernel/index.ts";
import { drawFigureSvg } from "../../kernel/figure/index.ts";
import { runCell, startTestKernel } from "./session.ts";

function dataOf(output: Output | undefined): Record<string, unknown> {
  assert.ok(output && "data" in output);
  return output.data;
}

async function svgOf(figure: { data: object[]; layout?: object }): Promise<string> {
  const drawing = await drawFigureSvg(figure);
  assert.ok("svg" in drawing, "reason" in drawing ? drawing.reason : "");
  return drawing.svg;
}

describe("figures", function () {
  this.timeout(60_000);
  let kernel: KernelClient;
  before(async () => {
    kernel = await startTestKernel({ env: { ...process.env, RESIDENCY_PLOTLY: "external" } });
    await runCell(kernel, `import { plotly } from "residency/cell";`);
  });
  after(() => kernel.shutdown());

  it("have the same small picture in each run when they are a cell's result", async () => {
    const code = `plotly({ data: [{ y: [1, 3, 2] }], layout: { title: { text: "A < b" } } })`;
    const [first, second] = [
      dataOf((await runCell(kernel, code)).outputs[0]),
      dataOf((await runCell(kernel, code)).outputs[0]),
    ];
    assert.deepEqual(first, second);
    const svg = first["image/svg+xml"];
    const html = first["text/html"];
    assert.ok(typeof svg === "string" && typeof html === "string");
    assert.match(svg, /^<svg [^>]*width="700"[^]*A &#60; b[^]*<\/svg>$/);
    assert.ok(svg.length < 10_000, String(svg.length));
    assert.ok(
      html.includes(
        `<img alt="Plotly figure &#34;A &#60; b&#34;: line of 3 points; y axis from 1 to 3." src="data:image/svg+xml;base64,`,
      ),
    );
    assert.equal(html.split("</script>").length, 2);
  });

  it("are drawn once, after the last update and before idle, when they are updated often", async () => {
    const messages: IopubMessage[] = [];
    const { outputs } = await runCell(
      kernel,
      `const shown = display(plotly({ data: [{ y: [0] }] }), { id: "live" });
       for (let i = 1; i <= 50; i++) { shown.update(plotly({ data: [{ y: [0, i] }] })); await new Promise((r) => setTimeout(r, 2)); }`,
      { onMessage: (message) => messages.push(message) },
    );
    const pictures = messages.filter((m) => "data" in m.content && "image/svg+xml" in m.content.data);
    assert.deepEqual(
      pictures.map(({ type }) => type),
      ["update_display_data"],
    );
    assert.deepEqual(dataOf(outputs[0])["application/vnd.plotly.v1+json"], { data: [{ y: [0, 50] }] });
    assert.equal(messages.at(-1)?.type, "status");
  });

  it("hold the numbers of typed arrays when a figure is made of them", async () => {
    const data = dataOf(
      (await runCell(kernel, "plotly({ data: [{ y: new Float32Array([1, 2.5]) }] })")).outputs[0],
    );
    assert.deepEqual(data["application/vnd.plotly.v1+json"], { data: [{ y: [1, 2.5] }] });
    assert.ok(typeof data["text/html"] === "string" && data["text/html"].includes('"y":[1,2.5]'));
  });

  it("stay without a picture when only a browser can draw them", async () => {
    const data = dataOf(
      (await runCell(kernel, `plotly({ data: [{ type: "surface", z: [[1, 2], [3, 4]] }] })`)).outputs[0],
    );
    assert.equal(data["image/svg+xml"], undefined);
    assert.match(String(data["text/html"]), /newPlot/);
    assert.deepEqual(await drawFigureSvg({ data: [{ type: "scattergl", y: [1] }] }), {
      reason: "traces of type scattergl need a browser",
    });
  });

  it("leave room for labels and legends when these are long", async () => {
    const name = "a rather long name of a trace";
    const svg = await svgOf({
      data: [
        { y: [1, 2], name },
        { y: [2, 1], name: "b" },
      ],
      layout: { width: 500, height: 300 },
    });
    const legend = /translate\(([\d.]+),[\d.]+\)"[^>]*><rect y="0" x="0"[^>]*width="([\d.]+)"[^>]*\/>/g;
    const boxes = [...svg.matchAll(legend)].map(([, x, width]) => Number(x) + Number(width));
    assert.ok(boxes.length > 0 && boxes.every((right) => right <= 500), svg);
    const bars = await svgOf({
      data: [
        {
          type: "bar",
          x: ["a category with a very long name", "b".repeat(30), "c".repeat(30)],
          y: [1, 2, 3],
        },
      ],
      layout: { width: 400 },
    });
    assert.match(bars, /rotate\((?:30|90)[^]*a category with a very long name/);
  });

  it("keep every text as it is when it looks like markup or a long number", async () => {
    const text = 'class="x" data-a="b" 3.14159265 é';
    const svg = await svgOf({ data: [{ y: [1e-6, 2e-6] }], layout: { title: { text } } });
    assert.ok(svg.includes(`>${text}</text>`), svg);
  });

  it("hold heat maps as embedded PNG, and no names of classes", async () => {
    const svg = await svgOf({
      data: [
        {
          type: "heatmap",
          z: [
            [0, 1],
            [1, 0],
          ],
        },
      ],
    });
    const [, png = ""] = /href="data:image\/png;base64,([^"]*)"/.exec(svg) ?? [];
    assert.deepEqual([...Buffer.from(png, "base64").subarray(1, 4)], [...Buffer.from("PNG")]);
    assert.doesNotMatch(svg, /class=|TOBESTRIPPED|data-/);
  });
});
