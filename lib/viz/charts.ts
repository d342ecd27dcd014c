/** The three charts of the course: a distribution, counts by name, and series over a common axis. */
import type { Data } from "plotly.js";
import { ResidencyError } from "../errors.ts";
import { figure, type Figure, type FigureOptions } from "./figure.ts";

/** Options of a histogram. */
export interface HistogramOptions extends FigureOptions {
  /** How many bins of equal width (default: 30). */
  bins?: number;
}

/** A named line; `x` and `y` are equally long. */
export interface Series {
  name: string;
  x: readonly number[];
  y: readonly number[];
}

/**
 * The distribution of finite values over bins of equal width; the last bin includes its upper edge.
 *
 * @example
 * histogram([120, 180, 240], { bins: 3, xLabel: "Length (tokens)" }).data.length; // → 1
 */
export function histogram(values: readonly number[], options: HistogramOptions = {}): Figure {
  const { bins = 30, xLabel = "Value", yLabel = "Count", ...rest } = options;
  if (!Number.isSafeInteger(bins) || bins < 1) {
    throw new ResidencyError("E_CONFIG", `Cannot draw a histogram with ${bins} bins: give 1 or more`);
  }
  const [low, high] = range(values, "histogram");
  // One bin of width 1 where all values are equal: a bin needs a width.
  const width = high > low ? (high - low) / bins : 1;
  const counts = new Array<number>(high > low ? bins : 1).fill(0);
  for (const value of values) counts[Math.min(counts.length - 1, Math.floor((value - low) / width))]! += 1;
  const start = high > low ? low : low - 0.5;
  const trace: Data = {
    type: "bar",
    x: counts.map((_, i) => start + (i + 0.5) * width),
    y: counts,
    width,
    hovertemplate: `${xLabel} around %{x:.4g}: %{y}<extra></extra>`,
    marker: { line: { color: "#ffffff", width: 1 } },
  };
  const description = `histogram of ${values.length} values from ${rounded(low)} to ${rounded(high)}`;
  return figure([trace], { ...rest, xLabel, yLabel }, description, { bargap: 0 });
}

/**
 * One bar a name, in the order given.
 *
 * @example
 * barChart({ PNA: 12, HTN: 30 }, { title: "Diagnoses", yLabel: "Notes" }).data.length; // → 1
 */
export function barChart(counts: Readonly<Record<string, number>>, options: FigureOptions = {}): Figure {
  const names = Object.keys(counts);
  range(Object.values(counts), "bar chart");
  const trace: Data = { type: "bar", x: names, y: Object.values(counts) };
  const { xLabel = "Category", yLabel = "Count", ...rest } = options;
  return figure([trace], { ...rest, xLabel, yLabel }, `bar chart of ${names.length} categories`, {
    bargap: 0.3,
  });
}

/** One value a category, in the order of the categories. */
export interface BarSeries {
  name: string;
  values: readonly number[];
}

/**
 * Bars of several series side by side, category by category.
 *
 * @example
 * const series = [{ name: "before", values: [0.2, 0.4] }, { name: "after", values: [0.5, 0.6] }];
 * groupedBarChart(["ROUGE-L", "F1"], series).data.length; // → 2
 */
export function groupedBarChart(
  categories: readonly string[],
  series: readonly BarSeries[],
  options: FigureOptions = {},
): Figure {
  for (const { name, values } of series) {
    if (values.length !== categories.length) {
      throw new ResidencyError(
        "E_CONFIG",
        `Cannot draw the bars "${name}": there are ${categories.length} categories and ${values.length} values; give as many of each`,
      );
    }
  }
  range(
    series.flatMap(({ values }) => [...values]),
    "bar chart",
  );
  const data = series.map(({ name, values }): Data => ({
    type: "bar",
    name,
    x: [...categories],
    y: [...values],
  }));
  const { xLabel = "Category", yLabel = "Value", ...rest } = options;
  const description = `bar chart of ${categories.length} categories for ${series.map(({ name }) => name).join(" and ")}`;
  return figure(data, { ...rest, xLabel, yLabel }, description, { barmode: "group", bargap: 0.3 });
}

/**
 * One line a series; a legend only where there are several.
 *
 * @example
 * lineChart([{ name: "loss", x: [1, 2, 3], y: [3, 2, 1.5] }], { xLabel: "Step" }).data.length; // → 1
 */
export function lineChart(series: readonly Series[], options: FigureOptions = {}): Figure {
  for (const { name, x, y } of series) {
    if (x.length !== y.length) {
      throw new ResidencyError(
        "E_CONFIG",
        `Cannot draw the line "${name}": x has ${x.length} values and y has ${y.length}; give as many of each`,
      );
    }
  }
  range(
    series.flatMap(({ x, y }) => [...x, ...y]),
    "line chart",
  );
  const data = series.map(({ name, x, y }): Data => ({
    type: "scatter",
    mode: x.length > 1 ? "lines" : "markers",
    name,
    x: [...x],
    y: [...y],
    line: { width: 2 },
  }));
  const { xLabel = "x", yLabel = "y", ...rest } = options;
  const description = `line chart of ${series.map(({ name, x }) => `${name} (${x.length} points)`).join(", ")}`;
  return figure(data, { ...rest, xLabel, yLabel }, description, { showlegend: series.length > 1 });
}

/** Whole numbers as they are, others to three digits. */
const rounded = (value: number): number => (Number.isInteger(value) ? value : Number(value.toPrecision(3)));

function range(values: readonly number[], chart: string): [low: number, high: number] {
  if (values.length === 0) {
    throw new ResidencyError("E_CONFIG", `Cannot draw a ${chart} of no values: give at least one`);
  }
  let [low, high] = [Infinity, -Infinity];
  for (const value of values) {
    if (!Number.isFinite(value)) {
      throw new ResidencyError(
        "E_CONFIG",
        `Cannot draw a ${chart} with the value ${value}: give finite numbers`,
      );
    }
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  return [low, high];
}
