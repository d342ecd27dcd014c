/** The conditions of cardiology. */
import { atrialFibrillation } from "./cardiology/atrial-fibrillation.ts";
import { heartBlock } from "./cardiology/heart-block.ts";
import { heartFailure } from "./cardiology/heart-failure.ts";
import { myocardialInfarction } from "./cardiology/myocardial-infarction.ts";
import { pericarditis } from "./cardiology/pericarditis.ts";
import type { Condition } from "./types.ts";

/** Every one; a stay is drawn from these. */
export const cardiology: readonly Condition[] = [
  heartFailure,
  atrialFibrillation,
  myocardialInfarction,
  pericarditis,
  heartBlock,
];
