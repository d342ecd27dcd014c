/** The conditions of gastroenterology. */
import { cholangitis } from "./gastroenterology/cholangitis.ts";
import { cirrhosis } from "./gastroenterology/cirrhosis.ts";
import { gastrointestinalBleeding } from "./gastroenterology/gastrointestinal-bleeding.ts";
import { pancreatitis } from "./gastroenterology/pancreatitis.ts";
import { ulcerativeColitis } from "./gastroenterology/ulcerative-colitis.ts";
import type { Condition } from "./types.ts";

/** Every one; a stay is drawn from these. */
export const gastroenterology: readonly Condition[] = [
  gastrointestinalBleeding,
  pancreatitis,
  cirrhosis,
  ulcerativeColitis,
  cholangitis,
];
