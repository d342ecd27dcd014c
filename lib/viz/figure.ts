/** What all figures share: the plotly object, how a notebook shows it, and the style. */
import type { Data, Layout } from "plotly.js";

/** The symbol by which a notebook asks a value how it is shown. */
export const displaySymbol: unique symbol = Symbol.for("Jupyter.display") as never;

/** Okabe and Ito's eight colours, which colour-blind readers can tell apart; black last. */
export const palette: readonly string[] = [
  "#0072B2",
  "#D55E00",
  "#009E73",
  "#CC79A7",
  "#E69F00",
  "#56B4E9",
  "#F0E442",
  "#000000",
];

/** The media type under which notebooks carry plotly figures. */
export const plotlyMime = "application/vnd.plotly.v1+json";

/** The representations of a figure by media type. */
export interface FigureBundle {
  [plotlyMime]: { data: Data[]; layout: Partial<Layout> };
  "text/plain": string;
}

/** A plotly figure as plain data that a notebook can show. */
export interface Figure {
  data: Data[];
  layout: Partial<Layout>;
  [displaySymbol](): FigureBundle;
}

/** The texts of a figure; units belong into the labels, as in "Length (tokens)". */
export interface FigureOptions {
  title?: string;
  xLabel?: string;
  yLabel?: string;
}

/** Puts traces on the common layout; `description` is what a text-only reader gets. */
export function figure(
  data: Data[],
  options: FigureOptions,
  description: string,
  extra: Partial<Layout> = {},
): Figure {
  const axis = {
    showline: true,
    linecolor: "#444444",
    ticks: "outside",
    zeroline: false,
    automargin: true,
  } as const;
  const { title, xLabel = "", yLabel = "" } = options;
  const layout: Partial<Layout> = {
    ...(title === undefined ? {} : { title: { text: title, x: 0, xref: "paper" } }),
    font: { family: "system-ui, sans-serif", size: 13, color: "#222222" },
    paper_bgcolor: "#ffffff",
    plot_bgcolor: "#ffffff",
    colorway: [...palette],
    margin: { l: 60, r: 20, t: title === undefined ? 20 : 50, b: 50 },
    xaxis: { ...axis, title: { text: xLabel }, showgrid: false },
    yaxis: { ...axis, title: { text: yLabel }, gridcolor: "#e5e5e5" },
    ...extra,
  };
  const text = title === undefined ? description : `${title}: ${description}`;
  return { data, layout, [displaySymbol]: () => ({ [plotlyMime]: { data, layout }, "text/plain": text }) };
}
