/** The same thing asked several times, one right after the other, and once after a pause, of a kernel that runs alone. */
import { setTimeout as sleep } from "node:timers/promises";
import type { BenchKernel } from "./kernels.ts";
import type { Measurement, Row, Sample } from "./measurement.ts";
import type { Session } from "./session.ts";
import { spreadOf } from "./table.ts";

/** How often before anything is measured, how often in a row, and how long a pause. */
const [warmUps, rowLength, pauseMs] = [20, 20, 500];

/**
 * Measures what `ask` takes, in two rows: the middle of a row, as when a notebook is run from its start, and the first
 * after a pause, as when somebody has read what came before. What goes wrong is the result of both.
 */
export function askedInARow(
  row: Row,
  ask: (session: Session, kernel: BenchKernel) => Promise<Sample>,
): Measurement {
  return {
    rows: [row, { ...row, name: `${row.name}, after a pause`, goal: "" }],
    rounds: 6,
    async sample(kernel, sessions) {
      const session = await sessions.alone(kernel);
      const askOften = async (times: number): Promise<Sample> => {
        const samples: Sample[] = [];
        while (samples.length < times) {
          const sample = await ask(session, kernel);
          if (sample.value === undefined) return sample;
          samples.push(sample);
        }
        return { value: spreadOf(samples)?.median ?? NaN };
      };
      const warmUp = await askOften(warmUps);
      if (warmUp.value === undefined) return [warmUp, warmUp];
      const inARow = await askOften(rowLength);
      await sleep(pauseMs);
      return [inARow, await askOften(1)];
    },
  };
}
