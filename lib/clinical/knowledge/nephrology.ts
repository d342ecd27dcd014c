/** The conditions of nephrology. */
import { acuteKidneyInjury } from "./nephrology/acute-kidney-injury.ts";
import { dialysisPeritonitis } from "./nephrology/dialysis-peritonitis.ts";
import { hyperkalemia } from "./nephrology/hyperkalemia.ts";
import { minimalChangeDisease } from "./nephrology/minimal-change-disease.ts";
import { pyelonephritis } from "./nephrology/pyelonephritis.ts";
import type { Condition } from "./types.ts";

/** Every one; a stay is drawn from these. */
export const nephrology: readonly Condition[] = [
  acuteKidneyInjury,
  pyelonephritis,
  minimalChangeDisease,
  hyperkalemia,
  dialysisPeritonitis,
];
