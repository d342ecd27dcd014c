/** Parameter-efficient fine-tuning. */
export { LoraConfig, type LinearNames, type LoraConfigOptions } from "./config.ts";
export { LoraLinear } from "./lora-linear.ts";
export { loraParameterCounts } from "./targets.ts";
export { getPeftModel, PeftModel, trainableParametersLine, type ParameterCounts } from "./peft-model.ts";
