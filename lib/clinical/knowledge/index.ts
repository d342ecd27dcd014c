/** What the generator knows of medicine: every condition with its specialty. */
import { cardiology } from "./cardiology.ts";
import { endocrinology } from "./endocrinology.ts";
import { gastroenterology } from "./gastroenterology.ts";
import { generalSurgery } from "./general-surgery.ts";
import { hematologyAndOncology } from "./hematology-and-oncology.ts";
import { infectiousDisease } from "./infectious-disease.ts";
import { nephrology } from "./nephrology.ts";
import { neurology } from "./neurology.ts";
import { obstetricsAndGynecology } from "./obstetrics-and-gynecology.ts";
import { orthopedics } from "./orthopedics.ts";
import { pulmonology } from "./pulmonology.ts";
import { rheumatology } from "./rheumatology.ts";
import { specialties, type Condition, type Specialty } from "./types.ts";

/** The conditions of each specialty. */
export const conditionsBySpecialty: Readonly<Record<Specialty, readonly Condition[]>> = {
  cardiology,
  pulmonology,
  gastroenterology,
  nephrology,
  neurology,
  endocrinology,
  "infectious disease": infectiousDisease,
  "hematology and oncology": hematologyAndOncology,
  rheumatology,
  "general surgery": generalSurgery,
  orthopedics,
  "obstetrics and gynecology": obstetricsAndGynecology,
};

/** Every condition with its specialty. */
export const allConditions: readonly { condition: Condition; specialty: Specialty }[] = specialties.flatMap(
  (specialty) => conditionsBySpecialty[specialty].map((condition) => ({ condition, specialty })),
);
