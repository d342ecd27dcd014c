/** Bounding boxes of SVG elements, estimated from their attributes and the metrics of a common font. */
import { ascent, lineHeight, textWidth } from "./text-metrics.ts";

/** What the estimate needs of an element. */
export interface SvgElement {
  readonly localName: string;
  readonly textContent: string | null;
  readonly children: Iterable<SvgElement>;
  readonly parentElement: SvgElement | null;
  readonly style?: { getPropertyValue(name: string): string } | undefined;
  getAttribute(name: string): string | null;
}

/** A box in the form that `getBBox` and `getBoundingClientRect` share. */
export interface Box {
  x: number;
  y: number;
  width: number;
  height: number;
  left: number;
  top: number;
  right: number;
  bottom: number;
}

type Point = [x: number, y: number];
type Matrix = [a: number, b: number, c: number, d: number, e: number, f: number];

const identity: Matrix = [1, 0, 0, 1, 0, 0];
const defaultFontSize = 12;
/** Distance of lines in Plotly's texts, in units of the font size. */
const lineDistance = 1.3;

/** The box of an element in its own coordinates. */
export function boundingBox(element: SvgElement): Box {
  return toBox(corners(element, identity));
}

/** The box of an element with its own transform. */
export function transformedBox(element: SvgElement): Box {
  return toBox(corners(element, transformOf(element)));
}

/** The length of an element's text on one line. */
export function textLength(element: SvgElement): number {
  const weight = inherited(element, "font-weight");
  const bold = weight === "bold" || Number(weight) >= 600;
  return textWidth(element.textContent ?? "", fontSize(element), bold);
}

/** The length of a path of straight lines. */
export function pathLength(element: SvgElement): number {
  const points = pathPoints(element.getAttribute("d") ?? "");
  return points.slice(1).reduce((sum, point, i) => sum + distance(points[i] ?? point, point), 0);
}

/** The point at a distance from the start of a path of straight lines. */
export function pointAtLength(element: SvgElement, length: number): { x: number; y: number } {
  const points = pathPoints(element.getAttribute("d") ?? "");
  let rest = Math.max(0, length);
  for (const [i, [x, y]] of points.entries()) {
    const next = points[i + 1];
    if (!next) return { x, y };
    const step = distance([x, y], next);
    if (rest <= step && step > 0) {
      return { x: x + ((next[0] - x) * rest) / step, y: y + ((next[1] - y) * rest) / step };
    }
    rest -= step;
  }
  return { x: 0, y: 0 };
}

function distance([x1, y1]: Point, [x2, y2]: Point): number {
  return Math.hypot(x2 - x1, y2 - y1);
}

function corners(element: SvgElement, matrix: Matrix): Point[] {
  const number = (name: string): number => Number.parseFloat(element.getAttribute(name) ?? "") || 0;
  const rectangle = (x: number, y: number, width: number, height: number): Point[] =>
    (
      [
        [x, y],
        [x + width, y],
        [x, y + height],
        [x + width, y + height],
      ] as Point[]
    ).map((p) => apply(matrix, p));
  switch (element.localName) {
    case "text":
    case "tspan":
      return textCorners(element, rectangle);
    case "rect":
    case "image":
      return rectangle(number("x"), number("y"), number("width"), number("height"));
    case "circle":
      return rectangle(
        number("cx") - number("r"),
        number("cy") - number("r"),
        2 * number("r"),
        2 * number("r"),
      );
    case "path":
      return pathPoints(element.getAttribute("d") ?? "").map((point) => apply(matrix, point));
    case "defs":
    case "clipPath":
    case "style":
      return [];
    default:
      return [...element.children].flatMap((child) => corners(child, multiply(matrix, transformOf(child))));
  }
}

function textCorners(
  element: SvgElement,
  rectangle: (x: number, y: number, width: number, height: number) => Point[],
): Point[] {
  const lines = [...element.children].filter((child) => (child.getAttribute("class") ?? "").includes("line"));
  const width = Math.max(...(lines.length > 0 ? lines : [element]).map(textLength));
  if (width === 0) return [];
  const size = fontSize(element);
  const anchor = inherited(element, "text-anchor");
  const shift = anchor === "middle" ? width / 2 : anchor === "end" ? width : 0;
  const x = (Number.parseFloat(element.getAttribute("x") ?? "") || 0) - shift;
  const y = (Number.parseFloat(element.getAttribute("y") ?? "") || 0) - ascent * size;
  return rectangle(x, y, width, size * (lineHeight + Math.max(0, lines.length - 1) * lineDistance));
}

function fontSize(element: SvgElement): number {
  return Number.parseFloat(inherited(element, "font-size")) || defaultFontSize;
}

/** A property as attribute or style of the element or the nearest one around it. */
function inherited(element: SvgElement, property: string): string {
  for (let at: SvgElement | null = element; at; at = at.parentElement) {
    const value = at.style?.getPropertyValue(property) || at.getAttribute(property);
    if (value) return value;
  }
  return "";
}

/** The end points of straight paths; of curves the control points too, which lie outside at most. */
function pathPoints(d: string): Point[] {
  const points: Point[] = [];
  let [x, y] = [0, 0];
  for (const [, command = "", rest = ""] of d.matchAll(/([MLHVCSQTAZ])([^MLHVCSQTAZ]*)/gi)) {
    const numbers = (rest.match(/-?[\d.]+(?:e-?\d+)?/gi) ?? []).map(Number);
    const relative = command === command.toLowerCase();
    const upper = command.toUpperCase();
    const step = upper === "H" || upper === "V" ? 1 : upper === "A" ? 7 : 2;
    for (let i = 0; i + step <= numbers.length; i += step) {
      const [dx, dy] = relative ? [x, y] : [0, 0];
      const last = numbers.slice(i, i + step);
      if (upper === "H") x = dx + (last[0] ?? 0);
      else if (upper === "V") y = dy + (last[0] ?? 0);
      else [x, y] = [dx + (last[step - 2] ?? 0), dy + (last[step - 1] ?? 0)];
      points.push([x, y]);
    }
  }
  return points;
}

function transformOf(element: SvgElement): Matrix {
  let matrix = identity;
  const text = element.getAttribute("transform") ?? "";
  for (const [, name = "", list = ""] of text.matchAll(/(\w+)\(([^)]*)\)/g)) {
    const [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0] = (list.match(/-?[\d.]+(?:e-?\d+)?/gi) ?? []).map(
      Number,
    );
    if (name === "translate") matrix = multiply(matrix, [1, 0, 0, 1, a, b]);
    else if (name === "scale") matrix = multiply(matrix, [a, 0, 0, list.includes(",") ? b : a, 0, 0]);
    else if (name === "matrix") matrix = multiply(matrix, [a, b, c, d, e, f]);
    else if (name === "rotate") {
      const [sin, cos] = [Math.sin((a * Math.PI) / 180), Math.cos((a * Math.PI) / 180)];
      const turned = multiply([1, 0, 0, 1, b, c], [cos, sin, -sin, cos, 0, 0]);
      matrix = multiply(matrix, multiply(turned, [1, 0, 0, 1, -b, -c]));
    }
  }
  return matrix;
}

function multiply([a, b, c, d, e, f]: Matrix, [g, h, i, j, k, l]: Matrix): Matrix {
  return [a * g + c * h, b * g + d * h, a * i + c * j, b * i + d * j, a * k + c * l + e, b * k + d * l + f];
}

function apply([a, b, c, d, e, f]: Matrix, [x, y]: Point): Point {
  return [a * x + c * y + e, b * x + d * y + f];
}

function toBox(points: readonly Point[]): Box {
  if (points.length === 0) return { x: 0, y: 0, width: 0, height: 0, left: 0, top: 0, right: 0, bottom: 0 };
  let [left, top, right, bottom] = [Infinity, Infinity, -Infinity, -Infinity];
  for (const [x, y] of points) {
    [left, top, right, bottom] = [
      Math.min(left, x),
      Math.min(top, y),
      Math.max(right, x),
      Math.max(bottom, y),
    ];
  }
  return { x: left, y: top, width: right - left, height: bottom - top, left, top, right, bottom };
}
