/** What a Plotly figure shows, in one sentence: for readers of text, and for those who hear a picture's description. */
import type { PlotlyFigure } from "./representations.ts";

/** Longer names are cut, and longer lists end in a count. */
const longestName = 60;
const longestList = 6;

/**
 * A sentence with the title, the traces by kind, name and size, and both axes by title and range.
 *
 * @example
 * describeFigure({ data: [{ x: [1, 2], y: [3, 1], name: "loss" }], layout: { title: { text: "Run 1" } } });
 * // → 'Plotly figure "Run 1": line "loss" of 2 points; x axis from 1 to 2; y axis from 1 to 3.'
 */
export function describeFigure({ data, layout }: PlotlyFigure): string {
  const traces = data.filter(isRecord).filter(({ visible }) => visible !== false);
  const title = titleOf(layout);
  const parts = [
    shortList(traces.map(describeTrace)) || "nothing is drawn",
    ...(["x", "y"] as const).flatMap((axis) => describeAxis(axis, traces, layout)),
  ];
  return `Plotly figure${title && ` ${quoted(title)}`}: ${parts.join("; ")}.`;
}

type Trace = Readonly<Record<string, unknown>>;

const isRecord = (value: unknown): value is Trace => typeof value === "object" && value !== null;

/** The list behind data, in whichever kind of array it stands. */
const listOf = (value: unknown): readonly unknown[] =>
  Array.isArray(value)
    ? value
    : ArrayBuffer.isView(value) && !(value instanceof DataView)
      ? Array.from(value as unknown as ArrayLike<number>)
      : [];

const typeOf = ({ type }: Trace): string => (typeof type === "string" ? type : "scatter");

function describeTrace(trace: Trace): string {
  const type = typeOf(trace);
  const name = typeof trace["name"] === "string" && trace["name"] !== "" ? ` ${quoted(trace["name"])}` : "";
  if (Array.isArray(trace["z"])) {
    const rows = trace["z"].map(listOf);
    const columns = rows.reduce((most, row) => Math.max(most, row.length), 0);
    const size = `${counted(rows.length, "row")} and ${counted(columns, "column")}`;
    return `${kinds[type] ?? type}${name} of ${size}${rangeText(rows.flat(), ", values")}`;
  }
  if (type === "pie") return `pie${name} of ${categoriesText(listOf(trace["labels"]))}`;
  const points = Math.max(listOf(trace["x"]).length, listOf(trace["y"]).length);
  if (type === "bar") return `${counted(points, "bar")}${name}`;
  if (!type.startsWith("scatter")) return `${kinds[type] ?? type}${name} of ${counted(points, "value")}`;
  return isJoined(trace) && points > 1
    ? `line${name} of ${counted(points, "point")}`
    : `${counted(points, "point")}${name}`;
}

/** Plotly's types by the words that a reader knows. */
const kinds: Readonly<Record<string, string>> = {
  heatmap: "heat map",
  box: "box plot",
  violin: "violin plot",
};

/** Whether points are joined; Plotly does so where a trace says nothing. */
const isJoined = ({ mode }: Trace): boolean => typeof mode !== "string" || mode.includes("lines");

function describeAxis(axis: "x" | "y", traces: readonly Trace[], layout: PlotlyFigure["layout"]): string[] {
  const values = traces.flatMap((trace) => listOf(trace[axis]));
  const title = titleOf((layout as Trace | undefined)?.[`${axis}axis`]);
  if (values.length === 0 && title === "") return [];
  const isNumeric = values.length > 0 && values.every((value) => typeof value === "number" || value === null);
  const what = isNumeric ? rangeText(values, "") : values.length > 0 ? ` with ${categoriesText(values)}` : "";
  return [`${axis} axis${title && ` ${quoted(title)}`}${what}`];
}

/** Title of a layout or of an axis: a text, or an object that holds one. */
function titleOf(owner: unknown): string {
  const title = isRecord(owner) ? owner["title"] : undefined;
  const text = isRecord(title) ? title["text"] : title;
  return typeof text === "string" ? text.replaceAll(/\s+/g, " ").trim() : "";
}

/** `, values from 0 to 1`; empty without any finite number. */
function rangeText(values: readonly unknown[], before: string): string {
  let [low, high] = [Infinity, -Infinity];
  for (const value of values) {
    if (typeof value !== "number" || !Number.isFinite(value)) continue;
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  if (low > high) return "";
  return `${before}${low === high ? ` at ${rounded(low)}` : ` from ${rounded(low)} to ${rounded(high)}`}`;
}

/** Whole numbers as they are, others to three digits. */
const rounded = (value: number): string =>
  String(Number.isInteger(value) ? value : Number(value.toPrecision(3)));

/** Few categories by their names, many by their number. */
function categoriesText(values: readonly unknown[]): string {
  const names = [...new Set(values.map(String))].filter((name) => name.trim() !== "");
  return names.length <= longestList ? shortList(names.map(cut)) : counted(names.length, "category");
}

function shortList(items: readonly string[]): string {
  const shown = items.slice(0, longestList);
  return items.length > longestList
    ? `${shown.join(", ")} and ${items.length - longestList} more`
    : shown.join(", ");
}

const counted = (count: number, unit: string): string =>
  `${count} ${count === 1 ? unit : unit.endsWith("y") ? `${unit.slice(0, -1)}ies` : `${unit}s`}`;

const cut = (text: string): string =>
  text.length > longestName ? `${text.slice(0, longestName - 1)}…` : text;

const quoted = (text: string): string => `"${cut(text)}"`;
