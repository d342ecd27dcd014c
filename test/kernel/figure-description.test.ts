/** Tests of the sentence that stands in a figure's place: as text, and as the description of its picture. */
import assert from "node:assert/strict";
import { describeFigure } from "../../kernel/display/index.ts";
import { barChart, groupedBarChart, heatMap, histogram, lineChart } from "../../lib/viz/index.ts";

describe("the description of a figure", () => {
  it("has title, names, numbers of points and both axes when it is of lines", () => {
    const series = [
      { name: "training", x: [10, 20, 30], y: [5.5, 2.25, 0.0612] },
      { name: "validation", x: [10, 20, 30], y: [5.6, 3, 10.2] },
    ];
    assert.equal(
      describeFigure(lineChart(series, { title: "Run 2", xLabel: "step", yLabel: "loss (nats)" })),
      'Plotly figure "Run 2": line "training" of 3 points, line "validation" of 3 points; x axis "step" from 10 to 30; ' +
        'y axis "loss (nats)" from 0.0612 to 10.2.',
    );
  });

  it("names few categories and counts many when it is of bars", () => {
    const few = barChart({ blue: 0.5, clear: 0.3, falling: 0.2 }, { xLabel: "Word", yLabel: "Probability" });
    assert.equal(
      describeFigure(few),
      'Plotly figure: 3 bars; x axis "Word" with blue, clear, falling; y axis "Probability" from 0.2 to 0.5.',
    );
    const words = Array.from({ length: 24 }, (_, index) => `word ${index}`);
    const many = groupedBarChart(words, [{ name: "p", values: words.map((_, index) => index) }], {
      xLabel: "",
    });
    assert.match(
      describeFigure(many),
      /24 bars "p"; x axis with 24 categories; y axis "Value" from 0 to 23\.$/,
    );
  });

  it("says rows, columns and range of values when it is a heat map", () => {
    const text = describeFigure(heatMap([[1, 2, 3, 6], [4, 5, 6, 15]], { title: "The product", xLabel: "column" })); // prettier-ignore
    assert.match(
      text,
      /^Plotly figure "The product": heat map of 2 rows and 4 columns, values from 1 to 15; /,
    );
  });

  it("counts the bars of a histogram, and says where its values lie", () => {
    const text = describeFigure(histogram([0, 1, 1.5, 4], { bins: 4, xLabel: "Tokens", yLabel: "Notes" }));
    assert.equal(text, 'Plotly figure: 4 bars; x axis "Tokens" from 0.5 to 3.5; y axis "Notes" from 0 to 2.');
  });

  it("shortens long names and long lists, and leaves hidden traces out", () => {
    const data = Array.from({ length: 9 }, (_, index) => ({ name: `${index}${"n".repeat(99)}`, y: [1, 2] }));
    const text = describeFigure({ data: [...data, { y: [5], visible: false }] });
    assert.match(text, /and 3 more; y axis from 1 to 2\.$/);
    assert.ok(text.length < 700, text);
  });

  it("holds for typed arrays, dates, other types, and figures of nothing", () => {
    assert.equal(
      describeFigure({ data: [{ mode: "markers", x: new Float32Array([1, 2.5]), y: [0, 1] }] }),
      "Plotly figure: 2 points; x axis from 1 to 2.5; y axis from 0 to 1.",
    );
    const dated = { type: "bar", x: ["2118-08-10", "2118-08-12"], y: [1, null] };
    assert.match(describeFigure({ data: [dated] }), /x axis with 2118-08-10, 2118-08-12; y axis at 1\.$/);
    assert.match(
      describeFigure({ data: [{ type: "pie", labels: ["a", "b"], values: [1, 2] }] }),
      /pie of a, b\.$/,
    );
    assert.match(describeFigure({ data: [{ type: "surface", z: [[1, 2], [3, 4]] }] }), /surface of 2 rows and 2 columns/); // prettier-ignore
    assert.equal(describeFigure({ data: [], layout: { title: "Empty" } }), 'Plotly figure "Empty": nothing is drawn.'); // prettier-ignore
  });
});
