/** Parameter-efficient fine-tuning. */
export { LoraConfig, type LinearNames, type LoraConfigOptions } from "./config.ts";
export { prepareModelForKbitTraining, type KbitTrainingOptions } from "./kbit.ts";
export { LoraLinear } from "./lora-linear.ts";
export type { MergeDrift } from "./merge-packed.ts";
export { getPeftModel, PeftModel, trainableParametersLine } from "./peft-model.ts";
export { loraParameterCounts, type ParameterCounts } from "./targets.ts";
