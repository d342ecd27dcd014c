/** The conditions of rheumatology. */
import { dermatomyositis } from "./rheumatology/dermatomyositis.ts";
import { giantCellArteritis } from "./rheumatology/giant-cell-arteritis.ts";
import { goutFlare } from "./rheumatology/gout-flare.ts";
import { lupusNephritis } from "./rheumatology/lupus-nephritis.ts";
import { polyangiitis } from "./rheumatology/polyangiitis.ts";
import type { Condition } from "./types.ts";

/** Every one; a stay is drawn from these. */
export const rheumatology: readonly Condition[] = [
  giantCellArteritis,
  lupusNephritis,
  goutFlare,
  polyangiitis,
  dermatomyositis,
];
