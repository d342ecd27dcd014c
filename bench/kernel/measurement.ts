/** What a measurement is: rows of the table, and a sample of each for one kernel. */
import { setTimeout as sleep } from "node:timers/promises";
import type { BenchKernel } from "./kernels.ts";
import type { Session } from "./session.ts";

/** One number of one kernel; a note says what the number alone does not, such as "late" or "never". */
export interface Sample {
  value?: number;
  note?: string;
}

/** A row of the table. */
export interface Row {
  name: string;
  unit: "ms" | "MB" | "passed";
  /** What this project's kernel has to reach. */
  goal: string;
}

/** Running kernels that measurements share. */
export interface SharedSessions {
  /** A kernel that has run a cell; started anew when the last one was discarded. */
  warm(kernel: BenchKernel): Promise<Session>;
  /** The same, once all the others have been ended. */
  alone(kernel: BenchKernel): Promise<Session>;
  /** Ends a kernel that no longer answers. */
  discard(kernel: BenchKernel): Promise<void>;
}

/** Something to measure. */
export interface Measurement {
  rows: readonly Row[];
  /** How often each kernel is asked, in turns. */
  rounds: number;
  /** One sample for each row, in the order of the rows. */
  sample(kernel: BenchKernel, sessions: SharedSessions, round: number): Promise<Sample[]>;
}

/** The samples of one row, by kernel. */
export interface RowResult extends Row {
  samples: Record<string, Sample[]>;
}

const [warmTimeoutMs, warmTries] = [20_000, 3];

async function ready(session: Session, kernel: BenchKernel): Promise<true> {
  await session.subscribed();
  const { reply, idle } = session.execute(kernel.code.list);
  await Promise.all([reply, idle]);
  return true;
}

/** Kernels that are started when they are needed first. */
export function createSharedSessions(
  start: (kernel: BenchKernel) => Promise<Session>,
): SharedSessions & { close(): Promise<void> } {
  const sessions = new Map<string, Session>();
  const discard = async (name: string): Promise<void> => {
    const session = sessions.get(name);
    sessions.delete(name);
    await session?.close();
  };
  const warm = async (kernel: BenchKernel): Promise<Session> => {
    const running = sessions.get(kernel.name);
    if (running) return running;
    // Of some kernels one start in twenty never answers.
    for (let tries = 1; ; tries++) {
      const session = await start(kernel);
      sessions.set(kernel.name, session);
      const isReady = await Promise.race([ready(session, kernel), sleep(warmTimeoutMs, false)]);
      if (isReady) return session;
      process.stderr.write(
        `${kernel.name} gave no answer in ${warmTimeoutMs} ms; try ${tries} of ${warmTries}\n`,
      );
      await discard(kernel.name);
      if (tries === warmTries) throw new Error(`${kernel.name} does not answer.`);
    }
  };
  const discardAllBut = async (kept?: string): Promise<void> => {
    for (const name of sessions.keys()) if (name !== kept) await discard(name);
  };
  return {
    warm,
    async alone(kernel) {
      await discardAllBut(kernel.name);
      return warm(kernel);
    },
    discard: ({ name }) => discard(name),
    close: () => discardAllBut(),
  };
}

/** Takes the samples of one measurement, the kernels in turns and each round in another order. */
export async function takeSamples(
  measurement: Measurement,
  kernels: readonly BenchKernel[],
  sessions: SharedSessions,
): Promise<RowResult[]> {
  const { rows, rounds } = measurement;
  const results = rows.map((row): RowResult => ({ ...row, samples: {} }));
  for (let round = 0; round < rounds; round++) {
    for (let turn = 0; turn < kernels.length; turn++) {
      const kernel = kernels[(round + turn) % kernels.length];
      if (!kernel) continue;
      const samples = await measurement.sample(kernel, sessions, round);
      for (const [index, result] of results.entries()) {
        (result.samples[kernel.name] ??= []).push(samples[index] ?? { note: "nothing" });
      }
    }
  }
  return results;
}
