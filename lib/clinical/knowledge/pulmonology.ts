/** The conditions of pulmonology. */
import { asthma } from "./pulmonology/asthma.ts";
import { obstructiveLungDisease } from "./pulmonology/obstructive-lung-disease.ts";
import { pneumonia } from "./pulmonology/pneumonia.ts";
import { pneumothorax } from "./pulmonology/pneumothorax.ts";
import { pulmonaryEmbolism } from "./pulmonology/pulmonary-embolism.ts";
import type { Condition } from "./types.ts";

/** Every one; a stay is drawn from these. */
export const pulmonology: readonly Condition[] = [
  pneumonia,
  obstructiveLungDisease,
  pulmonaryEmbolism,
  asthma,
  pneumothorax,
];
