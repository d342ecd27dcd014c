/** A range of values. */

/** The lowest and the highest value, both included. */
export type Range = readonly [low: number, high: number];
