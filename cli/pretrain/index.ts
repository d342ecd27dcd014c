/** The base model of the course, from texts to a folder. */
export { pretrain, type PretrainOptions, type PretrainOutcome, type PretrainPhase } from "./pretrain.ts";
export { modelShapes, type ModelSize } from "./shape.ts";
