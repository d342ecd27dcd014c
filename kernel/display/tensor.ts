/** Tensors, known by their shape and not by their class: shape, type and a corner of the values. */
import { types } from "node:util";
import { escapeHtml } from "./escape-html.ts";
import { numberText } from "./table.ts";

/** What the tensors of TensorFlow.js and of others like it have. */
export interface TensorLike {
  readonly shape: readonly number[];
  readonly dtype: string;
  readonly isDisposed?: boolean;
  dataSync(): ArrayLike<unknown>;
  slice?(begin: readonly number[], size: readonly number[]): TensorLike;
  dispose?(): void;
}

const cornerRows = 6;
const cornerColumns = 8;

/** Whether a value looks like a tensor. */
export function isTensorLike(value: unknown): value is TensorLike {
  if (typeof value !== "object" || value === null || types.isProxy(value)) return false;
  const { shape, dtype, dataSync } = value as Partial<TensorLike>;
  return (
    Array.isArray(shape) &&
    shape.every((size) => Number.isInteger(size) && size >= 0) &&
    typeof dtype === "string" &&
    typeof dataSync === "function"
  );
}

/** A tensor as text and as an HTML table. */
export function tensorRepresentations(tensor: TensorLike): Record<string, string> {
  const { shape, dtype } = tensor;
  const title = `Tensor ${dtype} [${shape.join(", ")}]`;
  if (tensor.isDisposed === true) return { "text/plain": `${title}, disposed` };
  const size = shape.reduce((product, length) => product * length, 1);
  if (size === 0) return { "text/plain": `${title}, empty` };
  let rows: unknown[][];
  try {
    rows = readCorner(tensor);
  } catch (error) {
    // Values on a GPU cannot be read without waiting, and a display does not wait.
    return { "text/plain": `${title}, not shown: ${error instanceof Error ? error.message : String(error)}` };
  }
  const [height, width] = [shape.at(-2) ?? 1, shape.at(-1) ?? 1];
  const [moreRows, moreColumns] = [height > rows.length, width > (rows[0]?.length ?? 0)];
  const leading = shape.slice(0, -2);
  const place = leading.length === 0 ? "" : `, at [${leading.map(() => 0).join(", ")}]`;
  const texts = rows.map((row) => row.map(valueText));
  const cellWidth = Math.max(...texts.flat().map((text) => text.length));
  const lines = texts.map(
    (row) => `  ${row.map((text) => text.padStart(cellWidth)).join("  ")}${moreColumns ? "  …" : ""}`,
  );
  const cells = texts.map((row) => {
    const tds = row.map((text) => `<td style="text-align:right">${escapeHtml(text)}</td>`);
    return `<tr>${tds.join("")}${moreColumns ? "<td>…</td>" : ""}</tr>`;
  });
  if (moreRows) cells.push("<tr><td>…</td></tr>");
  return {
    "text/plain": [`${title}${place}`, ...lines, ...(moreRows ? ["  …"] : [])].join("\n"),
    "text/html": `<div><code>${escapeHtml(`${title}${place}`)}</code></div><table><tbody>${cells.join("")}</tbody></table>`,
  };
}

/** The first rows and columns of the first matrix; only these leave the device where the tensor can be cut. */
function readCorner(tensor: TensorLike): unknown[][] {
  const { shape } = tensor;
  const rank = shape.length;
  const size = shape.map((length, axis) =>
    Math.min(length, axis === rank - 1 ? cornerColumns : axis === rank - 2 ? cornerRows : 1),
  );
  const cut = rank > 0 ? tensor.slice?.(new Array<number>(rank).fill(0), size) : undefined;
  let data: ArrayLike<unknown>;
  try {
    data = (cut ?? tensor).dataSync();
  } finally {
    cut?.dispose?.();
  }
  const [height, width] = [size.at(-2) ?? 1, size.at(-1) ?? 1];
  const stride = cut ? width : (shape.at(-1) ?? 1);
  return Array.from({ length: height }, (_, row) =>
    Array.from({ length: width }, (_, column) => data[row * stride + column]),
  );
}

function valueText(value: unknown): string {
  if (typeof value !== "number") return String(value);
  return Number.isInteger(value) ? String(value) : numberText(Number(value.toPrecision(4)));
}
