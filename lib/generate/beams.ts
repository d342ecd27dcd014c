/** The beams of one prompt: which are running, which have ended, and whether an ended one can still be bettered. */
import type { ResolvedSettings } from "./plan.ts";

/** A sequence that runs or has ended. */
export interface Beam {
  /** Summed log probability while running; divided by the length penalty once ended. */
  score: number;
  /** Prompt and continuation. */
  sequence: readonly number[];
  /** The row of the batch that each new token came from. */
  rows: readonly number[];
}

/** A running beam with one token more, which may have ended it. */
export interface Candidate extends Beam {
  /** The running beam that it continues. */
  parent: number;
  hasEnded: boolean;
}

/** What fixes the search. */
export type BeamSettings = Pick<ResolvedSettings, "numBeams" | "lengthPenalty" | "earlyStopping"> & {
  maxNewTokens: number;
};

/**
 * What a beam is worth that must not go on: all but the first when the prompt begins, lest all be the same, and those
 * that have ended.
 */
const hopeless = -1e9;

/** float32, as PyTorch keeps its scores. */
const normalised = (sum: number, length: number, penalty: number): number =>
  Math.fround(sum / Math.fround(length ** penalty));

/** Stable: of equal scores the earlier stays first. */
const best = <T extends Beam>(beams: readonly T[], count: number): T[] =>
  [...beams].sort((a, b) => b.score - a.score).slice(0, count);

/** The search of one prompt, as transformers 5 (`_beam_search`) has it. */
export class PromptBeams {
  running: Beam[];
  /** Best first, at most as many as beams. */
  ended: Beam[] = [];
  /** Whether no running beam can change the result. */
  isDone = false;
  readonly #settings: BeamSettings;

  constructor(prompt: readonly number[], settings: BeamSettings) {
    this.#settings = settings;
    this.running = Array.from({ length: settings.numBeams }, (_, beam) => ({
      score: beam === 0 ? 0 : hopeless,
      sequence: prompt,
      rows: [],
    }));
  }

  /**
   * Takes the candidates of a step in the order in which they were chosen, at least twice as many as beams; gives the
   * beam that each running one continues.
   */
  advance(candidates: readonly Candidate[]): number[] {
    const { numBeams, lengthPenalty, earlyStopping } = this.#settings;
    if (!(this.ended.length === numBeams && earlyStopping === true)) {
      // Those behind the first are only there so that enough go on.
      const fresh = candidates.slice(0, numBeams).filter(({ hasEnded }) => hasEnded);
      const scored = fresh.map((beam) => ({
        ...beam,
        score: normalised(beam.score, beam.rows.length, lengthPenalty),
      }));
      this.ended = best([...this.ended, ...scored], numBeams);
    }
    const running = best(
      candidates.map((beam) =>
        beam.hasEnded ? { ...beam, score: Math.fround(beam.score + hopeless) } : beam,
      ),
      numBeams,
    );
    this.running = running;
    this.isDone = candidates.every(({ hasEnded }) => hasEnded) || !this.#canImprove();
    return running.map(({ parent }) => parent);
  }

  #canImprove(): boolean {
    const { numBeams, lengthPenalty, earlyStopping, maxNewTokens } = this.#settings;
    if (this.ended.length < numBeams) return true;
    if (earlyStopping === true) return false;
    const leader = this.running[0]!;
    const length = earlyStopping === "never" && lengthPenalty > 0 ? maxNewTokens : leader.rows.length;
    return normalised(leader.score, length, lengthPenalty) > this.ended[this.ended.length - 1]!.score;
  }

  /** Ends what is running, when generation is interrupted. */
  interrupt(): void {
    const { numBeams, lengthPenalty } = this.#settings;
    const scored = this.running.map((beam) => ({
      ...beam,
      score: normalised(beam.score, Math.max(1, beam.rows.length), lengthPenalty),
    }));
    this.ended = [...this.ended, ...best(scored, numBeams - this.ended.length)];
    this.isDone = true;
  }
}
