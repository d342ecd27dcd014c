/** The frequencies of rotary position embedding under every scaling that checkpoints name in `rope_scaling`. */

/** Positions are divided by `factor` (Chen et al., 2023). */
export interface LinearRopeScaling {
  ropeType: "linear";
  factor: number;
}

/** The base grows once a sequence is longer than the model was trained for (NTK-aware scaling). */
export interface DynamicRopeScaling {
  ropeType: "dynamic";
  factor: number;
  maxPositionEmbeddings: number;
}

/** The scaling of Llama 3.1 and later: long wavelengths are stretched, short ones kept. */
export interface Llama3RopeScaling {
  ropeType: "llama3";
  factor: number;
  lowFreqFactor: number;
  highFreqFactor: number;
  originalMaxPositionEmbeddings: number;
}

/** YaRN (Peng et al., 2023): a ramp between kept and stretched frequencies, and sharper attention. */
export interface YarnRopeScaling {
  ropeType: "yarn";
  factor: number;
  /** Rotations over the original context above which a frequency is kept. */
  betaFast: number;
  /** Rotations over the original context below which a frequency is divided by `factor`. */
  betaSlow: number;
  /** Whether the ends of the ramp are whole numbers. */
  truncate: boolean;
  /** What cosines and sines are multiplied by. */
  attentionFactor: number;
  originalMaxPositionEmbeddings: number;
}

/** LongRoPE (Ding et al., 2024): a divisor a frequency, one list for sequences within the original context, one beyond. */
export interface LongRopeScaling {
  ropeType: "longrope";
  shortFactor: readonly number[];
  longFactor: readonly number[];
  attentionFactor: number;
  originalMaxPositionEmbeddings: number;
}

/** A scaling by its `rope_type`; there is none for "default". */
export type RopeScaling =
  LinearRopeScaling | DynamicRopeScaling | Llama3RopeScaling | YarnRopeScaling | LongRopeScaling;

/** What fixes the angles of a model. */
export interface RotaryOptions {
  /** The coordinates of a head that are turned; even. */
  rotaryDim: number;
  /** The base of the geometric series of frequencies. */
  theta: number;
  scaling?: RopeScaling | undefined;
}

function series(rotaryDim: number, theta: number): number[] {
  return Array.from({ length: rotaryDim / 2 }, (_, pair) => theta ** ((-2 * pair) / rotaryDim));
}

function llama3(plain: readonly number[], scaling: Llama3RopeScaling): number[] {
  const { factor, lowFreqFactor, highFreqFactor, originalMaxPositionEmbeddings: context } = scaling;
  return plain.map((frequency) => {
    const wavelength = (2 * Math.PI) / frequency;
    if (wavelength > context / lowFreqFactor) return frequency / factor;
    if (wavelength < context / highFreqFactor) return frequency;
    const smooth = (context / wavelength - lowFreqFactor) / (highFreqFactor - lowFreqFactor);
    return ((1 - smooth) * frequency) / factor + smooth * frequency;
  });
}

function yarn({ rotaryDim, theta }: RotaryOptions, scaling: YarnRopeScaling): number[] {
  const { factor, betaFast, betaSlow, truncate, originalMaxPositionEmbeddings: context } = scaling;
  // The pair whose frequency makes this many rotations over the original context.
  const pairOf = (rotations: number): number =>
    (rotaryDim * Math.log(context / (rotations * 2 * Math.PI))) / (2 * Math.log(theta));
  const [first, last] = [pairOf(betaFast), pairOf(betaSlow)];
  const low = Math.max(truncate ? Math.floor(first) : first, 0);
  const high = Math.min(truncate ? Math.ceil(last) : last, rotaryDim - 1);
  const width = high === low ? 0.001 : high - low;
  return series(rotaryDim, theta).map((frequency, pair) => {
    const stretched = Math.min(Math.max((pair - low) / width, 0), 1);
    return (frequency / factor) * stretched + frequency * (1 - stretched);
  });
}

/**
 * The angle a position of each pair of coordinates, `rotaryDim / 2` numbers, for a sequence of `length` positions; the
 * length counts for "dynamic" and "longrope" only.
 *
 * @example
 * inverseFrequencies({ rotaryDim: 4, theta: 10_000 }); // → [1, 0.01]
 */
export function inverseFrequencies(options: RotaryOptions, length = 1): number[] {
  const { rotaryDim, theta, scaling } = options;
  const plain = series(rotaryDim, theta);
  switch (scaling?.ropeType) {
    case undefined:
      return plain;
    case "linear":
      return plain.map((frequency) => frequency / scaling.factor);
    case "dynamic": {
      const { factor, maxPositionEmbeddings: trained } = scaling;
      const growth = (factor * Math.max(length, trained)) / trained - (factor - 1);
      return series(rotaryDim, theta * growth ** (rotaryDim / (rotaryDim - 2)));
    }
    case "llama3":
      return llama3(plain, scaling);
    case "yarn":
      return yarn(options, scaling);
    case "longrope": {
      const isLong = length > scaling.originalMaxPositionEmbeddings;
      const divisors = isLong ? scaling.longFactor : scaling.shortFactor;
      return plain.map((frequency, pair) => frequency / divisors[pair]!);
    }
  }
}

/**
 * Whether the frequencies change with the length of the sequence.
 *
 * @example
 * dependsOnLength({ ropeType: "linear", factor: 2 }); // → false
 */
export function dependsOnLength(scaling: RopeScaling | undefined): boolean {
  return scaling?.ropeType === "dynamic" || scaling?.ropeType === "longrope";
}

/**
 * What cosines and sines are multiplied by: 1 but for YaRN and LongRoPE.
 *
 * @example
 * attentionScaling(undefined); // → 1
 */
export function attentionScaling(scaling: RopeScaling | undefined): number {
  return scaling && "attentionFactor" in scaling ? scaling.attentionFactor : 1;
}
