/** What the generator knows of medicine: every condition with its specialty. */
import { cardiology } from "./cardiology.ts";
import { gastroenterology } from "./gastroenterology.ts";
import { pulmonology } from "./pulmonology.ts";
import type { Condition, Specialty } from "./types.ts";

/** The conditions of each specialty. */
export const conditionsBySpecialty: Readonly<Partial<Record<Specialty, readonly Condition[]>>> = {
  cardiology,
  pulmonology,
  gastroenterology,
};

/** Every condition with its specialty. */
export const allConditions: readonly { condition: Condition; specialty: Specialty }[] = Object.entries(
  conditionsBySpecialty,
).flatMap(([specialty, conditions]) =>
  conditions.map((condition) => ({ condition, specialty: specialty as Specialty })),
);
