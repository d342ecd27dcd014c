/** One after the other: the models answer one question at a time, and the rest wait in order. */
import { ResidencyError } from "../../lib/errors.ts";

/** A queue of work. */
export interface Turns {
  /**
   * Runs `work` when all before it are over; `onWait` hears how many those are, if any.
   *
   * @throws ResidencyError E_CONFIG when too many wait already.
   */
  take(work: () => Promise<void>, onWait: (ahead: number) => void): Promise<void>;
}

/** Makes a queue in which at most `limit` may wait. */
export function createTurns(limit: number): Turns {
  let last: Promise<void> = Promise.resolve();
  let ahead = 0;
  return {
    async take(work, onWait) {
      if (ahead > limit) {
        throw new ResidencyError(
          "E_CONFIG",
          `Cannot answer now: ${ahead} questions wait already; try again in a while`,
        );
      }
      if (ahead > 0) onWait(ahead);
      ahead++;
      const turn = last.then(work);
      last = turn.catch(() => undefined);
      try {
        await turn;
      } finally {
        ahead--;
      }
    },
  };
}
