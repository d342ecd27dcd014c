/** The conditions of neurology. */
import { guillainBarreSyndrome } from "./neurology/guillain-barre-syndrome.ts";
import { ischemicStroke } from "./neurology/ischemic-stroke.ts";
import { multipleSclerosis } from "./neurology/multiple-sclerosis.ts";
import { myasthenicCrisis } from "./neurology/myasthenic-crisis.ts";
import { statusEpilepticus } from "./neurology/status-epilepticus.ts";
import { subarachnoidHemorrhage } from "./neurology/subarachnoid-hemorrhage.ts";
import type { Condition } from "./types.ts";

/** Every one; a stay is drawn from these. */
export const neurology: readonly Condition[] = [
  ischemicStroke,
  statusEpilepticus,
  guillainBarreSyndrome,
  multipleSclerosis,
  subarachnoidHemorrhage,
  myasthenicCrisis,
];
