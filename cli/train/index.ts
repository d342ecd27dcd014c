/** Training runs that a file describes. */
export { trainByConfig, type TrainByConfigOptions } from "./train-by-config.ts";
