/** Progress bars around loops: nested ones stand together, with rate and time left. */
import { randomUUID } from "node:crypto";
import { displayHost } from "./display-host.ts";
import { escapeHtml } from "./escape-html.ts";
import { displaySymbol } from "./mime-bundle.ts";
import type { Displayable } from "./mime-bundle.ts";
import { createThrottle } from "./throttle.ts";
import type { Throttle } from "./throttle.ts";

/** Settings of `progress`. */
export interface ProgressOptions {
  label?: string;
  /** How many items there are (default: the length or size of what is iterated, if it has one). */
  total?: number;
}

/** What is iterated, for loops with `for await`, and with `for` too where it can be. */
export type Progress<I> =
  I extends Iterable<infer T>
    ? Iterable<T> & AsyncIterable<Awaited<T>>
    : I extends AsyncIterable<infer T>
      ? AsyncIterable<T>
      : never;

/** One loop. */
interface Bar {
  label: string;
  total: number | undefined;
  done: number;
  started: number;
  /** Seconds that it took, once it has ended. */
  seconds: number | undefined;
}

/** The bars of loops inside each other, outermost first. */
interface BarGroup {
  bars: Bar[];
  updates: Throttle;
}

/** By cell, since loops of different cells are not inside each other. */
const groups = new Map<number, BarGroup>();

/** Shortest time between two updates, in milliseconds. */
const updateIntervalMs = 100;

/**
 * Passes the items on and shows how far the loop has come; a loop that is left early keeps its bar as it was.
 *
 * @example
 * for (const epoch of progress([1, 2, 3], { label: "epoch" }))
 *   for await (const batch of progress(batches, { label: "batch" })) await step(batch);
 */
export function progress<I extends Iterable<unknown> | AsyncIterable<unknown>>(
  items: I,
  options: ProgressOptions = {},
): Progress<I> {
  // A string has no properties to ask for until it is an object.
  const source = Object(items) as Iterable<unknown> | AsyncIterable<unknown>;
  const settings = { label: options.label ?? "", total: options.total ?? sizeOf(source) };
  const async: AsyncIterable<unknown> = {
    async *[Symbol.asyncIterator]() {
      const { step, end } = startBar(settings);
      try {
        for await (const item of source) {
          yield item;
          step();
        }
      } finally {
        end();
      }
    },
  };
  if (!(Symbol.iterator in source)) return async as Progress<I>;
  const both: Iterable<unknown> & AsyncIterable<unknown> = {
    ...async,
    *[Symbol.iterator]() {
      const { step, end } = startBar(settings);
      try {
        for (const item of source) {
          yield item;
          step();
        }
      } finally {
        end();
      }
    },
  };
  return both as unknown as Progress<I>;
}

function startBar({ label, total }: Pick<Bar, "label" | "total">): { step: () => void; end: () => void } {
  const bar: Bar = { label, total, done: 0, started: performance.now(), seconds: undefined };
  const cell = displayHost().cell();
  const group = groups.get(cell) ?? openGroup(cell);
  group.bars.push(bar);
  group.updates.request();
  return {
    step() {
      bar.done += 1;
      group.updates.request();
    },
    end() {
      bar.seconds = (performance.now() - bar.started) / 1000;
      // The bar of an inner loop makes room for its next turn; the outermost one stays.
      if (group.bars[0] !== bar) group.bars = group.bars.filter((one) => one !== bar);
      else if (groups.get(cell) === group) groups.delete(cell);
      group.updates.request();
      if (group.bars[0] === bar) group.updates.flush();
    },
  };
}

function openGroup(cell: number): BarGroup {
  const id = randomUUID();
  let shown = false;
  const shape: Displayable = { [displaySymbol]: () => representationsOf(group.bars) };
  const group: BarGroup = {
    bars: [],
    updates: createThrottle(() => {
      displayHost().display(shape, id, shown);
      shown = true;
    }, updateIntervalMs),
  };
  groups.set(cell, group);
  return group;
}

function representationsOf(bars: readonly Bar[]): Record<string, string> {
  const rows = bars.map((bar) => {
    const max = bar.total === undefined ? "" : ` value="${Math.min(bar.done, bar.total)}" max="${bar.total}"`;
    // Without value and max it would be an animation that goes on after the end.
    const picture = max === "" && bar.seconds !== undefined ? "" : `<progress${max}></progress>`;
    return `<tr><td style="text-align:left">${escapeHtml(bar.label)}</td><td>${picture}</td><td style="text-align:left"><code>${escapeHtml(countText(bar))}</code></td></tr>`;
  });
  const lines = bars.map((bar) => (bar.label === "" ? countText(bar) : `${bar.label}: ${countText(bar)}`));
  return { "text/plain": lines.join("\n"), "text/html": `<table><tbody>${rows.join("")}</tbody></table>` };
}

function countText({ done, total, started, seconds }: Bar): string {
  const elapsed = seconds ?? (performance.now() - started) / 1000;
  const parts = [total === undefined ? String(done) : `${done}/${total}`, timeText(elapsed)];
  const rate = done / elapsed;
  if (done > 0 && elapsed > 0)
    parts.push(rate >= 1 ? `${rate.toPrecision(3)}/s` : `${(1 / rate).toPrecision(3)} s each`);
  if (seconds === undefined && total !== undefined && done > 0 && done < total) {
    parts.push(`${timeText((total - done) / rate)} left`);
  } else if (seconds !== undefined && total !== undefined && done < total) {
    parts.push("stopped");
  }
  return parts.join(", ");
}

/** Seconds as "4.2 s", "3:07" or "1:02:03". */
function timeText(seconds: number): string {
  if (seconds < 60) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  const two = (value: number): string => String(value).padStart(2, "0");
  const [hours, minutes] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60];
  return hours > 0 ? `${hours}:${two(minutes)}:${two(whole % 60)}` : `${minutes}:${two(whole % 60)}`;
}

function sizeOf(items: object): number | undefined {
  if ("length" in items && typeof items.length === "number") return items.length;
  return "size" in items && typeof items.size === "number" ? items.size : undefined;
}
