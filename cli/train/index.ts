/** Training runs that a file describes. */
export { nearestName, parseTrainConfig, type TrainConfig } from "./config.ts";
export { trainByConfig, type TrainByConfigOptions } from "./train-by-config.ts";
