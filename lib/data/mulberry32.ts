/** The generator of corpora, shuffles and samples: its numbers stay as they are, since shipped files are made of them. */
import { ResidencyError } from "../errors.ts";
import { drawsFrom, type RandomDraws } from "../random.ts";

/**
 * Starts a stream of numbers from a seed (mulberry32: 32 bits of state; for sampling, not for secrets). The corpora that ship,
 * and `Dataset`'s shuffles, are drawn with it; what goes on from a checkpoint is drawn with `seededRandom` of residency/tensor,
 * whose state can be saved.
 *
 * @throws ResidencyError E_CONFIG when the seed is no whole number.
 * @example
 * mulberry32(1).int(6) === mulberry32(1).int(6); // → true
 */
export function mulberry32(seed: number): RandomDraws {
  if (!Number.isSafeInteger(seed)) {
    throw new ResidencyError("E_CONFIG", `Cannot seed a generator with ${seed}: give a whole number`);
  }
  let state = seed >>> 0;
  return drawsFrom(() => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  });
}
