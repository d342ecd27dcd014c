/** Runs what prepares the rows of a data set: at once, or in pieces between which other work gets its turn. */
import { ResidencyError } from "../errors.ts";
import { nextTurn } from "../tensor/index.ts";
import type { Progress } from "../viz/index.ts";

/** Gives, row after row, how many rows are prepared; what is made of them comes in the end. */
export type Preparation<Prepared> = Generator<number, Prepared>;

/** How a preparation is told of. */
export interface PreparationOptions {
  /** What is done, such as "tokenize train". */
  label: string;
  /** How many rows there are; 0 where that is not known. */
  total: number;
  /** Told now and then when it takes longer than a second; the last report, of an end, has `step` equal to `total`. */
  onProgress: (progress: Progress) => void;
}

/** Prepares all rows and tells nobody. */
export function endOfPreparation<Prepared>(steps: Preparation<Prepared>): Prepared {
  for (;;) {
    const next = steps.next();
    if (next.done === true) return next.value;
  }
}

/** Milliseconds before the first report, between two of them, and between two turns of other work. */
const [firstReport, betweenReports, betweenTurns] = [1000, 100, 30];

/** Tells of a preparation at the rate that an eye can follow; the time that is left is guessed from what was done since. */
export function preparationReporter(
  { label, total, onProgress }: PreparationOptions,
  begun = 0,
): {
  look(step: number): void;
  end(step: number): void;
} {
  const begin = performance.now();
  let due = begin + firstReport;
  let isShown = false;
  return {
    look(step) {
      const now = performance.now();
      if (now < due) return;
      due = now + betweenReports;
      isShown = true;
      const left =
        step > begun && total > step
          ? { etaSeconds: ((now - begin) / 1000 / (step - begun)) * (total - step) }
          : {};
      onProgress({ label, step, total, unit: "rows", ...left });
    },
    end(step) {
      if (isShown) onProgress({ label, step, total: step, unit: "rows" });
    },
  };
}

/** Prepares all rows without a pause. */
export function prepareAtOnce<Prepared>(steps: Preparation<Prepared>, options: PreparationOptions): Prepared {
  const report = preparationReporter(options);
  let done = 0;
  for (let next = steps.next(); ; next = steps.next()) {
    if (next.done === true) {
      report.end(done);
      return next.value;
    }
    report.look((done = next.value));
  }
}

/**
 * Prepares rows for 30 ms at a time, so that timers, messages and a signal get through.
 *
 * @throws ResidencyError E_INTERRUPTED once the signal is aborted.
 */
export async function prepareInTurns<Prepared>(
  steps: Preparation<Prepared>,
  { signal, ...options }: PreparationOptions & { signal?: AbortSignal | undefined },
): Promise<Prepared> {
  const report = preparationReporter(options);
  let done = 0;
  let turn = performance.now();
  for (;;) {
    if (signal?.aborted) {
      steps.return(undefined as Prepared);
      throw new ResidencyError(
        "E_INTERRUPTED",
        `Stopped preparing the data ("${options.label}") after ${done} rows: nothing was trained or written; begin again`,
        { cause: signal.reason },
      );
    }
    do {
      const next = steps.next();
      if (next.done === true) {
        report.end(done);
        return next.value;
      }
      report.look((done = next.value));
    } while (performance.now() - turn < betweenTurns);
    await nextTurn();
    turn = performance.now();
  }
}
