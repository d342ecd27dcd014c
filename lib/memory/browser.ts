/** What a page has used of the machine's memory: browsers do not say. */
import { ResidencyError } from "../errors.ts";

/** Throws ResidencyError E_PLATFORM: a page cannot know. */
export function peakRssMb(): number {
  throw new ResidencyError(
    "E_PLATFORM",
    "Cannot measure the resident memory in a browser, which does not tell it; estimateMemory and tf.memory() work here",
  );
}
