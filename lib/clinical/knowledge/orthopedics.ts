/** The conditions of orthopedics. */
import { ankleFracture } from "./orthopedics/ankle-fracture.ts";
import { caudaEquina } from "./orthopedics/cauda-equina.ts";
import { hipFracture } from "./orthopedics/hip-fracture.ts";
import { septicKnee } from "./orthopedics/septic-knee.ts";
import { tibialPlateauFracture } from "./orthopedics/tibial-plateau-fracture.ts";
import type { Condition } from "./types.ts";

/** Every one; a stay is drawn from these. */
export const orthopedics: readonly Condition[] = [
  hipFracture,
  tibialPlateauFracture,
  septicKnee,
  caudaEquina,
  ankleFracture,
];
