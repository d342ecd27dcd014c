/** Figures: the data that they hold and how a notebook shows them. */
import assert from "node:assert/strict";
import {
  barChart,
  displaySymbol,
  heatMap,
  histogram,
  lineChart,
  lossFigure,
  plotlyMime,
} from "../../../lib/viz/index.ts";

/** A figure's traces and layout as a notebook file holds them. */
function stored(figure: { data: unknown; layout: unknown }): {
  data: { x: unknown[]; y: unknown[]; name?: string; width?: number }[];
  layout: { title?: { text: string }; xaxis: { title: { text: string } }; showlegend?: boolean };
} {
  return JSON.parse(JSON.stringify({ data: figure.data, layout: figure.layout })) as ReturnType<
    typeof stored
  >;
}

describe("histogram", () => {
  it("counts every value once when some lie on an edge", () => {
    const { data, layout } = stored(histogram([0, 1, 2, 3, 4], { bins: 2, xLabel: "Length (tokens)" }));
    assert.deepEqual([data[0]!.x, data[0]!.y, data[0]!.width], [[1, 3], [2, 3], 2]);
    assert.equal(layout.xaxis.title.text, "Length (tokens)");
  });

  it("draws one bin when all values are equal", () => {
    assert.deepEqual(stored(histogram([7, 7])).data[0]!.y, [2]);
    assert.deepEqual(stored(histogram([7, 7])).data[0]!.x, [7]);
  });

  it("is refused when there is no value, no bin or a value is not finite", () => {
    assert.throws(() => histogram([]), { code: "E_CONFIG" });
    assert.throws(() => histogram([1, NaN]), { code: "E_CONFIG" });
    assert.throws(() => histogram([1], { bins: 0 }), { code: "E_CONFIG" });
  });
});

describe("barChart", () => {
  it("keeps the order of the names", () => {
    const { data } = stored(barChart({ b: 2, a: 1 }));
    assert.deepEqual(
      [data[0]!.x, data[0]!.y],
      [
        ["b", "a"],
        [2, 1],
      ],
    );
  });
});

describe("heatMap", () => {
  it("puts the first row on top, and names rows and columns that may have the same name", () => {
    const { data, layout } = heatMap([[1, 2]], { rows: ["a"], columns: ["b", "b"], digits: 1 });
    const { x, y, z, texttemplate } = data[0] as Record<string, unknown>;
    assert.deepEqual([x, y, z, texttemplate], [[0, 1], [0], [[1, 2]], "%{z:.1f}"]);
    const { tickvals, ticktext } = layout.xaxis ?? {};
    assert.deepEqual(
      [tickvals, ticktext],
      [
        [0, 1],
        ["b", "b"],
      ],
    );
    assert.equal(layout.yaxis?.autorange, "reversed");
  });

  it("is refused when a row is short, a number is not finite, or a name is missing", () => {
    for (const values of [[], [[]], [[1, 2], [3]], [[NaN]]]) {
      assert.throws(() => heatMap(values), { code: "E_CONFIG" });
    }
    assert.throws(() => heatMap([[1, 2]], { columns: ["one"] }), { code: "E_CONFIG" });
  });
});

describe("lineChart", () => {
  it("has a legend only when there are several series", () => {
    const line = { name: "one", x: [1, 2], y: [3, 4] };
    assert.equal(stored(lineChart([line])).layout.showlegend, false);
    assert.equal(stored(lineChart([line, { ...line, name: "two" }])).layout.showlegend, true);
  });

  it("is refused when x and y differ in length", () => {
    assert.throws(() => lineChart([{ name: "a", x: [1], y: [] }]), { code: "E_CONFIG", message: /"a"/ });
  });
});

describe("lossFigure", () => {
  it("draws training and evaluation loss when the log has both", () => {
    const log = [{ step: 1, loss: 3 }, { step: 2, loss: 2, evalLoss: 2.5 }, { step: 3 }];
    const { data, layout } = stored(lossFigure(log, { title: "Run" }));
    assert.deepEqual(
      data.map(({ name, x, y }) => [name, x, y]),
      [
        ["training", [1, 2], [3, 2]],
        ["evaluation", [2], [2.5]],
      ],
    );
    assert.equal(layout.title?.text, "Run");
  });

  it("is refused when no entry has a loss", () => {
    assert.throws(() => lossFigure([{ step: 1 }]), { code: "E_CONFIG" });
  });

  it("is shown as plotly JSON with a text beside it", () => {
    const figure = lossFigure([{ step: 1, loss: 3 }]);
    const bundle = figure[displaySymbol]();
    assert.equal(displaySymbol, Symbol.for("Jupyter.display"));
    assert.equal(bundle["text/plain"], "Loss: line chart of training (1 points)");
    assert.deepEqual(bundle[plotlyMime], { data: figure.data, layout: figure.layout });
  });
});
