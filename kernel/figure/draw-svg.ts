/** Figures as SVG text, drawn by a thread that starts with the first figure and ends when there is no more to do. */
import { Worker } from "node:worker_threads";
import type { Figure } from "./plotly-page.ts";
import type { DrawReply, DrawRequest } from "./svg-worker.ts";

/** How long a figure may take, the start of the thread included; longer where nobody waits at the screen. */
const timeoutMs = readMilliseconds(process.env["RESIDENCY_FIGURE_TIMEOUT_MS"]) ?? 10_000;
/** How long the thread waits for another figure; its memory goes with it. */
const idleMs = 10_000;
/** Larger pictures would make the notebook's file too large. */
const maxLength = 500_000;
/** The size that Plotly gives a figure that names none. */
const defaultSize = { width: 700, height: 450 };
/** Traces that only WebGL or a map service draws. */
const undrawable =
  /gl$|3d$|(?:map|mapbox|geo)$(?<!heatmap)|^(?:surface|cone|streamtube|isosurface|volume|splom|parcoords|choropleth)$/;

/** A whole number of milliseconds of at most a day; undefined for anything else. */
function readMilliseconds(text: string | undefined): number | undefined {
  return text !== undefined && /^\d{1,8}$/.test(text) && Number(text) > 0 ? Number(text) : undefined;
}

/** A picture, or why there is none. */
export type Drawing = { svg: string } | { reason: string };

type Settle = (drawing: Drawing) => void;

let worker: Worker | undefined;
let serial = 0;
const waiting = new Map<number, Settle>();
// The timers of cells are followed and stopped by interrupts; these are not part of a cell.
const [setTimeoutOutside, clearTimeoutOutside] = [setTimeout, clearTimeout];
let idle: NodeJS.Timeout | undefined;

/** Starts the thread if there is none, so that it is ready when the figure is. */
export function warmUpFigures(): void {
  if (worker) return;
  // A cell's streams and Node's settings for it are not the thread's.
  const started = new Worker(new URL("./svg-worker.js", import.meta.url), {
    execArgv: [],
    stdout: true,
    stderr: true,
    resourceLimits: { maxOldGenerationSizeMb: 1024 },
  });
  worker = started;
  const drop = (reason: string): void => {
    if (worker !== started) return;
    worker = undefined;
    for (const settle of [...waiting.values()]) settle({ reason });
  };
  started.on("message", (reply: DrawReply) => {
    waiting.get(reply.serial)?.("svg" in reply ? reply : { reason: reply.error });
  });
  started.on("error", (error) => drop(error.message));
  started.on("exit", () => drop("the drawing thread ended"));
  started.unref();
  endWhenIdle();
}

/** The figure as SVG, or why it cannot be drawn without a browser, in time, or in a sensible size. */
export async function drawFigureSvg(figure: Figure): Promise<Drawing> {
  const type = figure.data.map(typeOf).find((name) => undrawable.test(name));
  if (type !== undefined) return { reason: `traces of type ${type} need a browser` };
  warmUpFigures();
  const request: DrawRequest = { serial: ++serial, figure, ...sizeOf(figure.layout ?? {}) };
  const drawing = await new Promise<Drawing>((resolve) => {
    const timer = setTimeoutOutside(() => {
      void worker?.terminate();
      worker = undefined;
      for (const settle of [...waiting.values()])
        settle({ reason: `drawing took more than ${timeoutMs} ms` });
    }, timeoutMs);
    const settle = (done: Drawing): void => {
      clearTimeoutOutside(timer);
      waiting.delete(request.serial);
      endWhenIdle();
      resolve(done);
    };
    waiting.set(request.serial, settle);
    worker?.postMessage(request);
  });
  if ("reason" in drawing || drawing.svg.length <= maxLength) return drawing;
  return { reason: `the picture has ${drawing.svg.length} characters, more than ${maxLength}` };
}

function endWhenIdle(): void {
  clearTimeoutOutside(idle);
  idle = setTimeoutOutside(() => {
    if (waiting.size > 0) return;
    void worker?.terminate();
    worker = undefined;
  }, idleMs);
  idle.unref();
}

function typeOf(trace: object): string {
  return "type" in trace && typeof trace.type === "string" ? trace.type : "scatter";
}

/** Width and height that a picture can have. */
function sizeOf(layout: { width?: unknown; height?: unknown }): { width: number; height: number } {
  const within = (value: unknown, fallback: number): number =>
    typeof value === "number" && value >= 10 && value <= 4000 ? value : fallback;
  return {
    width: within(layout.width, defaultSize.width),
    height: within(layout.height, defaultSize.height),
  };
}
