/** The conditions of general surgery. */
import { appendicitis } from "./general-surgery/appendicitis.ts";
import { bowelObstruction } from "./general-surgery/bowel-obstruction.ts";
import { cholecystitis } from "./general-surgery/cholecystitis.ts";
import { diverticulitis } from "./general-surgery/diverticulitis.ts";
import { incarceratedHernia } from "./general-surgery/incarcerated-hernia.ts";
import { perforatedUlcer } from "./general-surgery/perforated-ulcer.ts";
import type { Condition } from "./types.ts";

/** Every one; a stay is drawn from these. */
export const generalSurgery: readonly Condition[] = [
  appendicitis,
  cholecystitis,
  bowelObstruction,
  diverticulitis,
  incarceratedHernia,
  perforatedUlcer,
];
