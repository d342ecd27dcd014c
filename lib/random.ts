/** Seeded pseudo-random numbers: the one source of chance in the library. */

/** What is drawn from a stream of random numbers; each call moves it on. */
export interface RandomDraws {
  /** A number in [0, 1) with 32 random bits. */
  next(): number;
  /** An integer in [0, bound); RangeError for a bound below 1. */
  int(bound: number): number;
  /** An integer in [low, high], both included. */
  between(low: number, high: number): number;
  /** True with the given probability. */
  chance(probability: number): boolean;
  /** A draw from the standard normal distribution (Box and Muller, 1958). */
  normal(): number;
  /** One element of a non-empty list. */
  pick<T>(items: readonly T[]): T;
  /** A shuffled copy of a list (Fisher and Yates). */
  shuffle<T>(items: readonly T[]): T[];
}

/** A stream of random numbers whose whole state is four 32-bit integers, so that a checkpoint can hold it. */
export interface SeededRandom extends RandomDraws {
  /** The state, to be given to {@link seededRandom} to go on from here. */
  state(): [number, number, number, number];
}

/** All draws, from a function that gives numbers in [0, 1). */
export function drawsFrom(next: () => number): RandomDraws {
  const int = (bound: number): number => {
    if (!Number.isSafeInteger(bound) || bound < 1) {
      throw new RangeError(`Cannot draw an integer below ${bound}: the bound must be a whole number from 1`);
    }
    return Math.floor(next() * bound);
  };
  return {
    next,
    int,
    between: (low, high) => low + int(high - low + 1),
    chance: (probability) => next() < probability,
    normal: () => Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next()),
    pick: <T>(items: readonly T[]): T => items[int(items.length)]!,
    shuffle: <T>(items: readonly T[]): T[] => {
      const shuffled = [...items];
      for (let last = shuffled.length - 1; last > 0; last--) {
        const other = int(last + 1);
        [shuffled[last], shuffled[other]] = [shuffled[other]!, shuffled[last]!];
      }
      return shuffled;
    },
  };
}

/** Spreads one integer seed over four words (splitmix32, from Steele et al., 2014). */
function expandSeed(seed: number): [number, number, number, number] {
  let word = seed | 0;
  const draw = (): number => {
    word = (word + 0x9e3779b9) | 0;
    let mixed = word ^ (word >>> 16);
    mixed = Math.imul(mixed, 0x21f0aaad);
    mixed ^= mixed >>> 15;
    mixed = Math.imul(mixed, 0x735a2d97);
    return (mixed ^ (mixed >>> 15)) >>> 0;
  };
  return [draw(), draw(), draw(), draw()];
}

const rotateLeft = (value: number, bits: number): number => (value << bits) | (value >>> (32 - bits));

/**
 * Starts a stream from an integer seed or a saved state (generator: xoshiro128**, Blackman and Vigna, 2018).
 *
 * @throws RangeError when the seed is not an integer.
 * @example
 * seededRandom(7).int(10) === seededRandom(7).int(10); // → true
 */
export function seededRandom(seed: number | readonly [number, number, number, number]): SeededRandom {
  if (typeof seed === "number" && !Number.isInteger(seed)) {
    throw new RangeError(`Cannot seed the random numbers with ${seed}: the seed must be an integer`);
  }
  let [a, b, c, d] = typeof seed === "number" ? expandSeed(seed) : seed;
  const word = (): number => {
    const result = Math.imul(rotateLeft(Math.imul(b, 5), 7), 9) >>> 0;
    const shifted = b << 9;
    c ^= a;
    d ^= b;
    b ^= c;
    a ^= d;
    c ^= shifted;
    d = rotateLeft(d, 11);
    return result;
  };
  return { ...drawsFrom(() => word() / 2 ** 32), state: () => [a, b, c, d] };
}
