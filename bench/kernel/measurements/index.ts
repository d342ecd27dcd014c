/** The measurements in the order of the table. */
import type { Measurement } from "../measurement.ts";
import { conformance } from "./conformance.ts";
import { importDefineCall, repeatedCell, trivialCell } from "./cells.ts";
import { editingWhileBusy, inspection, memberCompletion } from "./editing.ts";
import { interrupts } from "./interrupt.ts";
import { liveness } from "./liveness.ts";
import { idleMemory } from "./memory.ts";
import { orphan } from "./orphan.ts";
import { largeDisplay, printedLines } from "./output.ts";
import { start } from "./start.ts";

/** Everything that is measured. */
export const measurements: readonly Measurement[] = [
  start,
  trivialCell,
  repeatedCell,
  importDefineCall,
  memberCompletion,
  inspection,
  ...editingWhileBusy,
  ...interrupts,
  liveness,
  printedLines,
  largeDisplay,
  idleMemory,
  orphan,
  conformance,
];
