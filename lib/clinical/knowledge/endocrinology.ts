/** The conditions of endocrinology. */
import { adrenalCrisis } from "./endocrinology/adrenal-crisis.ts";
import { diabeticKetoacidosis } from "./endocrinology/diabetic-ketoacidosis.ts";
import { hyperosmolarState } from "./endocrinology/hyperosmolar-state.ts";
import { inappropriateAntidiuresis } from "./endocrinology/inappropriate-antidiuresis.ts";
import { primaryHyperparathyroidism } from "./endocrinology/primary-hyperparathyroidism.ts";
import { thyroidStorm } from "./endocrinology/thyroid-storm.ts";
import type { Condition } from "./types.ts";

/** Every one; a stay is drawn from these. */
export const endocrinology: readonly Condition[] = [
  diabeticKetoacidosis,
  hyperosmolarState,
  thyroidStorm,
  adrenalCrisis,
  inappropriateAntidiuresis,
  primaryHyperparathyroidism,
];
