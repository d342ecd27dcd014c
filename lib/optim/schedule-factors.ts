/** The course of each learning-rate schedule, as a factor of the base learning rate (transformers' optimization.py). */

/** Further arguments of the schedules, under transformers' names in camelCase; each schedule takes some of them. */
export interface LrSchedulerKwargs {
  /** Waves of a cosine (0.5: from the top to the bottom), or restarts of cosine_with_restarts. */
  numCycles?: number;
  /** The exponent of polynomial. */
  power?: number;
  /** The learning rate that polynomial ends at. */
  lrEnd?: number;
  /** The learning rate that a cosine ends at; give this or `minLrRate`. */
  minLr?: number;
  /** The same as a share of the learning rate. */
  minLrRate?: number;
  /** The share of the learning rate that the warm-up of cosine_warmup_with_min_lr begins with. */
  warmupLrRate?: number;
  /** The steps after which inverse_sqrt has fallen to 1/sqrt(2); the warm-up steps, or 10,000, when left out. */
  timescale?: number;
  /** Steps of the last stage of warmup_stable_decay. */
  numDecaySteps?: number;
  /** Steps of its middle stage; what is left of all steps when left out. */
  numStableSteps?: number;
  warmupType?: "linear" | "cosine" | "1-sqrt";
  decayType?: "linear" | "cosine" | "1-sqrt";
  /** The share of the learning rate that warmup_stable_decay begins and ends with. */
  minLrRatio?: number;
}

/** What a course depends on. */
export interface ScheduleCourse {
  learningRate: number;
  warmupSteps: number;
  totalSteps: number;
  kwargs: LrSchedulerKwargs;
}

/** A factor of the learning rate for each optimiser step, counted from 0. */
export type ScheduleFactor = (step: number) => number;

/** A linear rise from 0 over the warm-up steps, then `rest`. */
function warmed(warmupSteps: number, rest: ScheduleFactor): ScheduleFactor {
  return (step) => (step < warmupSteps ? step / Math.max(1, warmupSteps) : rest(step));
}

/** How much of the steps behind the warm-up is over; beyond 1 past the end. */
function progressOf({ warmupSteps, totalSteps }: ScheduleCourse): ScheduleFactor {
  return (step) => (step - warmupSteps) / Math.max(1, totalSteps - warmupSteps);
}

const wave = (progress: number): number => 0.5 * (1 + Math.cos(Math.PI * progress));

/** Brings a course from 0..1 to `lowest`..1. */
const raised = (factor: number, lowest: number): number => Math.max(0, factor * (1 - lowest) + lowest);

function cosineTo(course: ScheduleCourse, lowest: number): ScheduleFactor {
  const { numCycles = 0.5 } = course.kwargs;
  const progress = progressOf(course);
  return warmed(course.warmupSteps, (step) => raised(wave(numCycles * 2 * progress(step)), lowest));
}

const lowestRate = ({ learningRate, kwargs: { minLr, minLrRate } }: ScheduleCourse): number =>
  minLrRate ?? (minLr ?? 0) / learningRate;

/** One step ahead of cosine_with_min_lr: it warms up from `warmupLrRate`, or 1/warmupSteps, to 1 at the last warm-up step. */
function cosineWarmupWithMinLr(course: ScheduleCourse): ScheduleFactor {
  const { warmupSteps, totalSteps, kwargs } = course;
  const { numCycles = 0.5, warmupLrRate } = kwargs;
  const lowest = lowestRate(course);
  return (step) => {
    if (step < warmupSteps) {
      if (warmupLrRate === undefined) return (step + 1) / Math.max(1, warmupSteps);
      return warmupLrRate + ((1 - warmupLrRate) * step) / Math.max(1, warmupSteps - 1);
    }
    const progress = (step - warmupSteps + 1) / Math.max(1, totalSteps - warmupSteps);
    return raised(wave(numCycles * 2 * progress), lowest);
  };
}

function cosineWithRestarts(course: ScheduleCourse): ScheduleFactor {
  const { numCycles = 1 } = course.kwargs;
  const progress = progressOf(course);
  return warmed(course.warmupSteps, (step) => {
    const done = progress(step);
    return done >= 1 ? 0 : Math.max(0, wave((numCycles * done) % 1));
  });
}

function polynomial({ learningRate, warmupSteps, totalSteps, kwargs }: ScheduleCourse): ScheduleFactor {
  const { lrEnd = 1e-7, power = 1 } = kwargs;
  return warmed(warmupSteps, (step) => {
    if (step > totalSteps) return lrEnd / learningRate;
    const left = 1 - (step - warmupSteps) / Math.max(1, totalSteps - warmupSteps);
    return ((learningRate - lrEnd) * left ** power + lrEnd) / learningRate;
  });
}

function inverseSqrt({ warmupSteps, kwargs }: ScheduleCourse): ScheduleFactor {
  // Not ?? : a warm-up of 0 steps is no scale either.
  const timescale = kwargs.timescale ?? (warmupSteps || 10_000);
  return warmed(warmupSteps, (step) => 1 / Math.sqrt((step + timescale - warmupSteps) / timescale));
}

function warmupStableDecay({ warmupSteps, totalSteps, kwargs }: ScheduleCourse): ScheduleFactor {
  const { numDecaySteps = 0, warmupType = "linear", decayType = "cosine" } = kwargs;
  const { minLrRatio = 0, numCycles = 0.5 } = kwargs;
  const stableSteps = kwargs.numStableSteps ?? totalSteps - warmupSteps - numDecaySteps;
  const rises = {
    linear: (progress: number) => progress,
    cosine: (progress: number) => 1 - wave(progress),
    "1-sqrt": (progress: number) => 1 - Math.sqrt(1 - progress),
  };
  const falls = {
    linear: (progress: number) => 1 - progress,
    cosine: (progress: number) => wave(numCycles * 2 * progress),
    "1-sqrt": (progress: number) => 1 - Math.sqrt(progress),
  };
  return (step) => {
    if (step < warmupSteps) return raised(rises[warmupType](step / Math.max(1, warmupSteps)), minLrRatio);
    const behind = step - warmupSteps - stableSteps;
    if (behind < 0) return 1;
    if (behind >= numDecaySteps) return minLrRatio;
    return raised(falls[decayType](behind / Math.max(1, numDecaySteps)), minLrRatio);
  };
}

/** The schedules by transformers' names: the course, and which further arguments it takes. */
export const scheduleCourses = {
  linear: {
    kwargs: [],
    factor: ({ warmupSteps, totalSteps }) =>
      warmed(warmupSteps, (step) => Math.max(0, (totalSteps - step) / Math.max(1, totalSteps - warmupSteps))),
  },
  cosine: { kwargs: ["numCycles"], factor: (course) => cosineTo(course, 0) },
  cosine_with_restarts: { kwargs: ["numCycles"], factor: cosineWithRestarts },
  polynomial: { kwargs: ["lrEnd", "power"], factor: polynomial },
  constant: { kwargs: [], factor: () => () => 1 },
  constant_with_warmup: { kwargs: [], factor: ({ warmupSteps }) => warmed(warmupSteps, () => 1) },
  inverse_sqrt: { kwargs: ["timescale"], factor: inverseSqrt },
  cosine_with_min_lr: {
    kwargs: ["numCycles", "minLr", "minLrRate"],
    factor: (course) => cosineTo(course, lowestRate(course)),
  },
  cosine_warmup_with_min_lr: {
    kwargs: ["numCycles", "minLr", "minLrRate", "warmupLrRate"],
    factor: cosineWarmupWithMinLr,
  },
  warmup_stable_decay: {
    kwargs: ["numDecaySteps", "numStableSteps", "warmupType", "decayType", "minLrRatio", "numCycles"],
    factor: warmupStableDecay,
  },
} as const satisfies Record<
  string,
  { kwargs: readonly (keyof LrSchedulerKwargs)[]; factor: (course: ScheduleCourse) => ScheduleFactor }
>;
