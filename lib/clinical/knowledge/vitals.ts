/** Vital signs: how they are written, and their range in an adult who is well. */
import type { Range } from "./range.ts";

/** A vital sign. */
export interface VitalSign {
  long: string;
  unit: string;
  normal: Range;
  decimals: number;
}

/** Every vital sign by the name that notes use. */
export const vitals = {
  temp: { long: "temperature", unit: "C", normal: [36.3, 37.2], decimals: 1 },
  HR: { long: "heart rate", unit: "bpm", normal: [62, 92], decimals: 0 },
  SBP: { long: "systolic blood pressure", unit: "mmHg", normal: [112, 142], decimals: 0 },
  DBP: { long: "diastolic blood pressure", unit: "mmHg", normal: [62, 86], decimals: 0 },
  RR: { long: "respiratory rate", unit: "/min", normal: [12, 18], decimals: 0 },
  SpO2: { long: "oxygen saturation", unit: "%", normal: [95, 99], decimals: 0 },
} as const satisfies Record<string, VitalSign>;

/** The name of a vital sign. */
export type Vital = keyof typeof vitals;
