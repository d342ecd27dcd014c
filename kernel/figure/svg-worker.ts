/** The thread that draws figures, so that neither Plotly's time nor its memory is a cell's. */
import { parentPort } from "node:worker_threads";
import { minifySvg } from "./minify-svg.ts";
import { openPlotlyPage } from "./plotly-page.ts";
import type { Figure } from "./plotly-page.ts";

/** A figure to draw. */
export interface DrawRequest {
  serial: number;
  figure: Figure;
  width: number;
  height: number;
}

/** What became of it. */
export type DrawReply = { serial: number; svg: string } | { serial: number; error: string };

const draw = openPlotlyPage();
let last: Promise<void> = Promise.resolve();
parentPort?.on("message", (request: DrawRequest) => {
  // One after another, since the ids of a figure come from one source of chance.
  last = last.then(() => answer(request));
});

async function answer({ serial, figure, width, height }: DrawRequest): Promise<void> {
  const reply: DrawReply = await draw(figure, width, height).then(
    (svg) => ({ serial, svg: minifySvg(svg) }),
    (error: unknown) => ({ serial, error: error instanceof Error ? error.message : String(error) }),
  );
  parentPort?.postMessage(reply);
}
