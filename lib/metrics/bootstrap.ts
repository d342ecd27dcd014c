/** Paired bootstrap resampling (Efron and Tibshirani, 1993; Koehn, 2004): whether a difference of scores is chance. */
import { ResidencyError } from "../errors.ts";
import { seededRandom } from "../random.ts";

/** Options of {@link pairedBootstrap}. */
export interface PairedBootstrapOptions<Item> {
  /** The corpus's score of the chosen items, such as BLEU of summed statistics; needed where items are no numbers. */
  statistic: (items: readonly Item[]) => number;
  /** How many resamples are drawn; default 1000. */
  resamples?: number;
  /** The same seed gives the same figures; default 12345, which is sacreBLEU's, too. */
  seed?: number;
  /** The mass of the confidence intervals, between 0 and 1; default 0.95. */
  confidence?: number;
}

/** The lower and upper end of a confidence interval. */
export type Interval = readonly [lower: number, upper: number];

/** What {@link pairedBootstrap} finds. */
export interface PairedBootstrapResult {
  /** The scores of all items. */
  baseline: number;
  system: number;
  /** system - baseline. */
  difference: number;
  /** Percentile intervals over the resamples. */
  baselineInterval: Interval;
  systemInterval: Interval;
  differenceInterval: Interval;
  /** The share of resamples in which the system's score is the higher one. */
  winRate: number;
  /**
   * Two-sided: how often resamples under the null hypothesis, which is the resampled differences moved to mean 0, lie at
   * least as far from 0 as `difference`; (count + 1) / (resamples + 1), so it is never 0.
   */
  pValue: number;
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** The percentile with linear interpolation between neighbours, of sorted values. */
function percentile(sorted: readonly number[], share: number): number {
  const place = share * (sorted.length - 1);
  const below = sorted[Math.floor(place)]!;
  return below + (sorted[Math.ceil(place)]! - below) * (place - Math.floor(place));
}

function intervalOf(values: readonly number[], confidence: number): Interval {
  const sorted = [...values].sort((a, b) => a - b);
  return [percentile(sorted, (1 - confidence) / 2), percentile(sorted, (1 + confidence) / 2)];
}

function check(condition: boolean, what: string, allowed: string): void {
  if (!condition) throw new ResidencyError("E_CONFIG", `Cannot resample ${what}: ${allowed}`);
}

/**
 * Compares two systems on the same examples: item `i` of both lists belongs to example `i`.
 *
 * @throws ResidencyError E_DATASET when the lists are empty or of different lengths; E_CONFIG for an option out of
 *   range; E_NUMERIC when a score is not finite.
 * @example
 * const { difference, pValue } = pairedBootstrap([0, 1, 0, 1], [1, 1, 0, 1]); // scores of single examples
 */
export function pairedBootstrap(
  baseline: readonly number[],
  system: readonly number[],
  options?: Partial<PairedBootstrapOptions<number>>,
): PairedBootstrapResult;
export function pairedBootstrap<Item>(
  baseline: readonly Item[],
  system: readonly Item[],
  options: PairedBootstrapOptions<Item>,
): PairedBootstrapResult;
export function pairedBootstrap<Item>(
  baseline: readonly Item[],
  system: readonly Item[],
  options: Partial<PairedBootstrapOptions<Item>> = {},
): PairedBootstrapResult {
  // The overloads ask for a statistic wherever items are no numbers.
  const statistic = options.statistic ?? (mean as unknown as (items: readonly Item[]) => number);
  const { resamples = 1000, seed = 12345, confidence = 0.95 } = options;
  check(Number.isInteger(resamples) && resamples >= 1, `${resamples} times`, "give a whole number above 0");
  check(Number.isInteger(seed), `with seed ${seed}`, "give a whole number");
  check(confidence > 0 && confidence < 1, `for a confidence of ${confidence}`, "it lies between 0 and 1");
  const examples = baseline.length;
  if (examples === 0 || system.length !== examples) {
    throw new ResidencyError(
      "E_DATASET",
      `Cannot compare ${examples} items of the baseline with ${system.length} of the system: give one of each for every ` +
        "example, at least one",
    );
  }
  const scoreOf = (items: readonly Item[]): number => {
    const score = statistic(items);
    if (!Number.isFinite(score)) {
      throw new ResidencyError(
        "E_NUMERIC",
        `Cannot compare systems whose score is ${score}: the statistic must be finite for every choice of examples`,
      );
    }
    return score;
  };
  const [baselineScore, systemScore] = [scoreOf(baseline), scoreOf(system)];
  const difference = systemScore - baselineScore;
  const random = seededRandom(seed);
  const baselineScores: number[] = [];
  const systemScores: number[] = [];
  for (let resample = 0; resample < resamples; resample++) {
    const chosen = Array.from({ length: examples }, () => random.int(examples));
    baselineScores.push(scoreOf(chosen.map((row) => baseline[row]!)));
    systemScores.push(scoreOf(chosen.map((row) => system[row]!)));
  }
  const differences = systemScores.map((score, resample) => score - baselineScores[resample]!);
  const center = mean(differences);
  const extreme = differences.filter((drawn) => Math.abs(drawn - center) >= Math.abs(difference)).length;
  return {
    baseline: baselineScore,
    system: systemScore,
    difference,
    baselineInterval: intervalOf(baselineScores, confidence),
    systemInterval: intervalOf(systemScores, confidence),
    differenceInterval: intervalOf(differences, confidence),
    winRate: differences.filter((drawn) => drawn > 0).length / resamples,
    pValue: (extreme + 1) / (resamples + 1),
  };
}
