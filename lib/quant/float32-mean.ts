/** The mean in float32 as PyTorch takes it: the offset of quantised scales depends on the order of its sum. */

/** Lanes of a vector of PyTorch's AVX2 build, and sums that it keeps at once. */
const lanes = 8;
const sums = 4;

/** Adds a run of `width` numbers to another. */
function addRun(to: Float32Array, from: Float32Array): void {
  for (let j = 0; j < to.length; j++) to[j]! += from[j]!;
}

/** The sum of `count` runs of `width` numbers, lane by lane, in four sums whose partial sums cascade over four levels. */
function sumRuns(values: Float32Array, width: number, count: number): Float32Array {
  const steps = Math.floor(count / sums);
  const power = Math.max(4, Math.ceil(Math.ceil(Math.log2(Math.max(1, steps))) / 4));
  const perLevel = 2 ** power;
  const levels = Array.from({ length: 4 }, () => Array.from({ length: sums }, () => new Float32Array(width)));
  const run = (index: number): Float32Array => values.subarray(index * width, (index + 1) * width);
  const [lowest] = levels as [Float32Array[], ...Float32Array[][]];
  let step = 0;
  while (step < steps) {
    lowest.forEach((sum, k) => {
      addRun(sum, run(step * sums + k));
    });
    step++;
    // A full level is added to the next and starts again.
    for (let level = 1, size = perLevel; level < 4 && step % size === 0; level++, size *= perLevel) {
      levels[level]!.forEach((sum, k) => {
        const below = levels[level - 1]![k]!;
        addRun(sum, below);
        below.fill(0);
      });
    }
  }
  for (const higher of levels.slice(1)) {
    higher.forEach((sum, k) => {
      addRun(lowest[k]!, sum);
    });
  }
  for (let rest = steps * sums; rest < count; rest++) addRun(lowest[0]!, run(rest));
  for (const sum of lowest.slice(1)) addRun(lowest[0]!, sum);
  return lowest[0]!;
}

/**
 * The mean of numbers, rounded as PyTorch rounds it on a processor with vectors of eight (`aten/…/SumKernel.cpp`); 0
 * for none.
 *
 * @example
 * float32Mean(new Float32Array([1, 2, 6])); // → 3
 */
export function float32Mean(values: Float32Array): number {
  if (values.length === 0) return 0;
  const runs = Math.floor(values.length / lanes);
  const vector = sumRuns(values, lanes, runs);
  const rest = values.subarray(runs * lanes);
  let sum = sumRuns(rest, 1, rest.length)[0]!;
  for (const lane of vector) sum = Math.fround(sum + lane);
  return Math.fround(sum / values.length);
}
