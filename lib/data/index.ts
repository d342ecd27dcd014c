/** Typed data sets and readers. */
export { Dataset, type TrainTestSplitOptions } from "./dataset.ts";
export { integerField, readJsonl, stringField, type JsonRecord, type ReadJsonlOptions } from "./jsonl.ts";
export { readJsonlFile } from "./node.ts";
export { seededRandom, type SeededRandom } from "./random.ts";
