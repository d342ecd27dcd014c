/** Tables of numbers as colours: probabilities after each token, attention weights, gradients. */
import type { Data } from "plotly.js";
import { ResidencyError } from "../errors.ts";
import { figure, palette, type Figure, type FigureOptions } from "./figure.ts";

/** Options of a heat map. */
export interface HeatMapOptions extends FigureOptions {
  /** The names of the rows, from the top (default: their numbers from 0). */
  rows?: readonly string[];
  /** The names of the columns, from the left (default: their numbers from 0). */
  columns?: readonly string[];
  /** Decimals of the number that is written into each field; none is written when left out. */
  digits?: number;
}

/**
 * A matrix [R, C] of finite numbers, its first row on top; the darker a field, the larger its number.
 *
 * @throws ResidencyError E_CONFIG when rows differ in length, a number is not finite, or the names are too few or too many.
 * @example
 * heatMap([[0.9, 0.1], [0.5, 0.5]], { rows: ["The", " sky"], columns: [" sky", " is"], digits: 1 });
 */
export function heatMap(values: readonly (readonly number[])[], options: HeatMapOptions = {}): Figure {
  const width = values[0]?.length ?? 0;
  const { rows, columns, digits, xLabel = "Column", yLabel = "Row", ...rest } = options;
  if (
    width === 0 ||
    values.some((row) => row.length !== width || row.some((value) => !Number.isFinite(value)))
  ) {
    throw new ResidencyError(
      "E_CONFIG",
      `Cannot draw a heat map of ${values.length} rows, the first with ${width} values: give rows of one length, of finite numbers`,
    );
  }
  for (const [what, names, count] of [
    ["rows", rows, values.length],
    ["columns", columns, width],
  ] as const) {
    if (names !== undefined && names.length !== count) {
      throw new ResidencyError(
        "E_CONFIG",
        `Cannot draw a heat map with ${names.length} names for ${count} ${what}: give one name for each`,
      );
    }
  }
  // By number, since two tokens may have the same name, which plotly would draw as one.
  const places = (count: number): number[] => Array.from({ length: count }, (_, place) => place);
  const trace: Data = {
    type: "heatmap",
    x: places(width),
    y: places(values.length),
    z: values.map((row) => [...row]),
    colorscale: [
      [0, "#ffffff"],
      [1, palette[0]!],
    ],
    xgap: 1,
    ygap: 1,
    ...(digits === undefined ? {} : { texttemplate: `%{z:.${digits}f}` }),
    hovertemplate: "%{y}, %{x}: %{z:.4g}<extra></extra>",
  };
  const axis = (title: string, names: readonly string[] | undefined, count: number) => ({
    title: { text: title },
    ticks: "outside" as const,
    automargin: true,
    showgrid: false,
    zeroline: false,
    ...(names === undefined
      ? {}
      : { tickmode: "array" as const, tickvals: places(count), ticktext: [...names] }),
  });
  return figure([trace], rest, `heat map of ${values.length} rows and ${width} columns`, {
    xaxis: axis(xLabel, columns, width),
    yaxis: { ...axis(yLabel, rows, values.length), autorange: "reversed" },
  });
}
