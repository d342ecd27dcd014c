/** The conditions of infectious disease. */
import { bacterialMeningitis } from "./infectious-disease/bacterial-meningitis.ts";
import { cellulitis } from "./infectious-disease/cellulitis.ts";
import { clostridioidesColitis } from "./infectious-disease/clostridioides-colitis.ts";
import { infectiveEndocarditis } from "./infectious-disease/infective-endocarditis.ts";
import { malaria } from "./infectious-disease/malaria.ts";
import { vertebralOsteomyelitis } from "./infectious-disease/vertebral-osteomyelitis.ts";
import type { Condition } from "./types.ts";

/** Every one; a stay is drawn from these. */
export const infectiousDisease: readonly Condition[] = [
  infectiveEndocarditis,
  bacterialMeningitis,
  cellulitis,
  vertebralOsteomyelitis,
  clostridioidesColitis,
  malaria,
];
