/** A small seeded random generator, so that a corpus or a shuffle is the same on every machine. */
import { ResidencyError } from "../errors.ts";

/** A seeded source of randomness; each call moves it on. */
export interface SeededRandom {
  /** A float in [0, 1). */
  next(): number;
  /** An integer in [0, n). */
  int(n: number): number;
  /** An integer in [low, high], both included. */
  between(low: number, high: number): number;
  /** True with the given probability. */
  chance(probability: number): boolean;
  /** One item of a non-empty list. */
  pick<T>(items: readonly T[]): T;
  /** A shuffled copy (Fisher-Yates). */
  shuffle<T>(items: readonly T[]): T[];
}

/**
 * Starts a generator from a seed (mulberry32: 32 bits of state; for sampling, not for secrets).
 *
 * @example
 * seededRandom(1).int(6) === seededRandom(1).int(6); // → true
 */
export function seededRandom(seed: number): SeededRandom {
  if (!Number.isSafeInteger(seed)) {
    throw new ResidencyError("E_CONFIG", `Cannot seed a generator with ${seed}: give a whole number`);
  }
  let state = seed >>> 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
  const int = (n: number): number => {
    if (!Number.isSafeInteger(n) || n < 1) {
      throw new ResidencyError("E_CONFIG", `Cannot draw an integer below ${n}: the bound must be at least 1`);
    }
    return Math.floor(next() * n);
  };
  return {
    next,
    int,
    between: (low, high) => low + int(high - low + 1),
    chance: (probability) => next() < probability,
    pick: (items) => items[int(items.length)]!,
    shuffle(items) {
      const copy = [...items];
      for (let i = copy.length - 1; i > 0; i--) {
        const j = int(i + 1);
        [copy[i], copy[j]] = [copy[j]!, copy[i]!];
      }
      return copy;
    },
  };
}
