/** Pictures of displayed figures: drawn once a figure has come to rest, since it may be updated many times before. */
import { figureOf, svgMime, withPlotlySvg } from "../display/index.ts";
import type { Representations } from "../display/index.ts";
import { drawFigureSvg, warmUpFigures } from "../figure/index.ts";
import { send } from "./channel.ts";

/** How long a figure that changes after its cell's end must stay as it is before it is drawn, in milliseconds. */
const restMs = 1000;

interface ShownFigure {
  cell: number;
  data: Representations;
  timer?: NodeJS.Timeout;
}

const unfinished = new Map<string, ShownFigure>();
// The timers of cells are followed and stopped by interrupts; these are not part of a cell.
const [setTimeoutOutside, clearTimeoutOutside] = [setTimeout, clearTimeout];

/** Takes note of what is shown under an id; `isRunning` says whether `drawFigures` will still be called for the cell. */
export function noteFigure(id: string, cell: number, data: Representations, isRunning: boolean): void {
  clearTimeoutOutside(unfinished.get(id)?.timer);
  unfinished.delete(id);
  if (!figureOf(data) || svgMime in data) return;
  // Plotly loads while the cell goes on.
  warmUpFigures();
  const shown: ShownFigure = { cell, data };
  unfinished.set(id, shown);
  if (isRunning) return;
  shown.timer = setTimeoutOutside(() => void drawShown(id, shown), restMs);
  shown.timer.unref();
}

/** Draws what a cell has shown and adds it to what stands there; nothing to wait for when there are no figures. */
export function drawFigures(cell: number): Promise<unknown> | undefined {
  const own = [...unfinished].filter(([, shown]) => shown.cell === cell);
  return own.length === 0 ? undefined : Promise.all(own.map(([id, shown]) => drawShown(id, shown)));
}

async function drawShown(id: string, shown: ShownFigure): Promise<void> {
  const data = await withPicture(shown.data);
  // What replaced it meanwhile has a picture of its own to come.
  if (unfinished.get(id) !== shown) return;
  unfinished.delete(id);
  if (data !== shown.data) send({ type: "display", cell: shown.cell, data, id, update: true });
}

/** The bundle with a picture of its figure, or as it is when it has no figure or one that cannot be drawn here. */
export async function withPicture(bundle: Representations): Promise<Representations> {
  const figure = figureOf(bundle);
  if (!figure || svgMime in bundle) return bundle;
  const drawing = await drawFigureSvg(figure);
  if ("svg" in drawing) return withPlotlySvg(bundle, drawing.svg);
  send({ type: "log", text: `a figure has no picture for viewers without scripts: ${drawing.reason}` });
  return bundle;
}
