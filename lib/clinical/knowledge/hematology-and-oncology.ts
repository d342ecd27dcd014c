/** The conditions of hematology and oncology. */
import { febrileNeutropenia } from "./hematology-and-oncology/febrile-neutropenia.ts";
import { immuneThrombocytopenia } from "./hematology-and-oncology/immune-thrombocytopenia.ts";
import { thromboticPurpura } from "./hematology-and-oncology/thrombotic-purpura.ts";
import { tumorLysis } from "./hematology-and-oncology/tumor-lysis.ts";
import { vasoOcclusiveCrisis } from "./hematology-and-oncology/vaso-occlusive-crisis.ts";
import type { Condition } from "./types.ts";

/** Every one; a stay is drawn from these. */
export const hematologyAndOncology: readonly Condition[] = [
  febrileNeutropenia,
  vasoOcclusiveCrisis,
  immuneThrombocytopenia,
  thromboticPurpura,
  tumorLysis,
];
