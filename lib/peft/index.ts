/** Parameter-efficient fine-tuning. */
export { LoraConfig, type LinearNames, type LoraConfigOptions } from "./config.ts";
export { LoraLinear } from "./lora-linear.ts";
export { loraParameterCounts, type ParameterCounts } from "./targets.ts";
export { getPeftModel, PeftModel, trainableParametersLine } from "./peft-model.ts";
