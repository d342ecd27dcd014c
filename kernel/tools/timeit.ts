/** `timeit`: how long a call takes, from many of them. */
import { displaySymbol } from "../display/index.ts";
import type { Displayable } from "../display/index.ts";
import { KernelError } from "../errors.ts";
import { isPromiseLike } from "./promise-like.ts";
import { formatSeconds } from "./timing.ts";

/** Settings of `timeit`. */
export interface TimeitOptions {
  /** How many runs there are (default 7). */
  runs?: number;
  /** How many calls a run makes (default: as many as fill `runSeconds`). */
  calls?: number;
  /** How long a run should at least take, where `calls` is not given (default 0.1). */
  runSeconds?: number;
  /** Do not print the line (default false). */
  quiet?: boolean;
}

/** Seconds for one call; as a cell's result it shows nothing, since its line has been printed. */
export interface TimeitResult extends Displayable {
  /** The mean over the runs. */
  readonly mean: number;
  /** The standard deviation over the runs. */
  readonly deviation: number;
  /** The fastest run, which other work on the machine has disturbed least. */
  readonly best: number;
  readonly worst: number;
  /** How many calls each run made. */
  readonly calls: number;
  /** Seconds for one call in each run, in order. */
  readonly runs: readonly number[];
}

/** What `timeit` gives for a function: a promise where the function gives one. */
export type TimeitOutcome<T> = T extends PromiseLike<unknown> ? Promise<TimeitResult> : TimeitResult;

/**
 * Calls a function many times and prints how long a call takes; calls of an asynchronous one follow one another.
 *
 * @throws KernelError E_ARGUMENT when a setting is not a number above 0.
 *
 * @example
 * timeit(() => tokenizer.encode(text));
 * const { best } = await timeit(() => model.generate(ids), { runs: 3 });
 */
export function timeit<T>(call: () => T, options: TimeitOptions = {}): TimeitOutcome<T> {
  const { runs = 7, runSeconds = 0.1 } = options;
  check("runs", runs, Number.isInteger(runs));
  check("runSeconds", runSeconds, Number.isFinite(runSeconds));
  if (options.calls !== undefined) check("calls", options.calls, Number.isInteger(options.calls));
  const started = performance.now();
  const first = call();
  const settings = { runs, runSeconds, calls: options.calls, quiet: options.quiet ?? false };
  const outcome = isPromiseLike(first)
    ? measureAsync(call as () => PromiseLike<unknown>, first, started, settings)
    : measure(call, (performance.now() - started) / 1000, settings);
  return outcome as TimeitOutcome<T>;
}

interface Settings {
  runs: number;
  runSeconds: number;
  calls: number | undefined;
  quiet: boolean;
}

/** Keeps the last value, so that a compiler cannot leave the calls out. */
const kept: { value: unknown } = { value: undefined };

function measure(call: () => unknown, firstSeconds: number, settings: Settings): TimeitResult {
  const run = (calls: number): number => {
    const started = performance.now();
    for (let index = 0; index < calls; index++) kept.value = call();
    return (performance.now() - started) / 1000;
  };
  let calls = settings.calls ?? 1;
  if (settings.calls === undefined) {
    for (let seconds = firstSeconds; seconds < settings.runSeconds; seconds = run(calls)) {
      calls = nextCalls(calls, seconds, settings.runSeconds);
    }
  }
  const seconds = Array.from({ length: settings.runs }, () => run(calls) / calls);
  kept.value = undefined;
  return summarize(seconds, calls, settings.quiet);
}

async function measureAsync(
  call: () => PromiseLike<unknown>,
  first: PromiseLike<unknown>,
  firstStarted: number,
  settings: Settings,
): Promise<TimeitResult> {
  const run = async (calls: number): Promise<number> => {
    const started = performance.now();
    for (let index = 0; index < calls; index++) await call();
    return (performance.now() - started) / 1000;
  };
  await first;
  const firstSeconds = (performance.now() - firstStarted) / 1000;
  let calls = settings.calls ?? 1;
  if (settings.calls === undefined) {
    for (let seconds = firstSeconds; seconds < settings.runSeconds; seconds = await run(calls)) {
      calls = nextCalls(calls, seconds, settings.runSeconds);
    }
  }
  const all: number[] = [];
  for (let index = 0; index < settings.runs; index++) all.push((await run(calls)) / calls);
  return summarize(all, calls, settings.quiet);
}

/** The next of 1, 2, 5, 10, 20, 50 … that should fill a run, at most a hundredfold step since first calls are slow. */
function nextCalls(tried: number, seconds: number, target: number): number {
  const wanted = Math.min(tried * 100, Math.max(tried + 1, (tried * target * 1.1) / Math.max(seconds, 1e-9)));
  const power = 10 ** Math.floor(Math.log10(wanted));
  return [1, 2, 5, 10].map((factor) => factor * power).find((calls) => calls >= wanted) ?? wanted;
}

function summarize(runs: readonly number[], calls: number, quiet: boolean): TimeitResult {
  const mean = runs.reduce((sum, seconds) => sum + seconds, 0) / runs.length;
  const variance = runs.reduce((sum, seconds) => sum + (seconds - mean) ** 2, 0) / runs.length;
  const result: TimeitResult = {
    ...{
      mean,
      deviation: Math.sqrt(variance),
      best: Math.min(...runs),
      worst: Math.max(...runs),
      calls,
      runs,
    },
    [displaySymbol]: () => ({}),
  };
  if (!quiet) process.stdout.write(`${describe(result)}\n`);
  return result;
}

function describe({ mean, deviation, best, calls, runs }: TimeitResult): string {
  const count = (value: number, one: string): string =>
    `${value.toLocaleString("en-US")} ${one}${value === 1 ? "" : "s"}`;
  return (
    `${formatSeconds(mean)} ± ${formatSeconds(deviation)} a call, best ${formatSeconds(best)} ` +
    `(${count(runs.length, "run")} of ${count(calls, "call")}, mean ± deviation)`
  );
}

function check(name: string, value: number, valid: boolean): void {
  if (valid && value > 0) return;
  throw new KernelError("E_ARGUMENT", `timeit: ${name} is ${value}; it must be a number above 0.`);
}
