/** Typed data sets, readers, and the batches made of tokenized rows. */
export { collate, type Batch, type TokenizedRow } from "./collate.ts";
export type { Column } from "./columns.ts";
export { Dataset, type TrainTestSplit } from "./dataset.ts";
export { readCsv, type CsvRecord, type ReadCsvOptions } from "./csv.ts";
export { integerField, readJsonl, stringField, type JsonRecord, type ReadJsonlOptions } from "./jsonl.ts";
export { readJsonlFile } from "./node.ts";
export { packTexts } from "./pack-texts.ts";
export { readParquet, type ReadParquetOptions } from "./parquet.ts";
export { seededRandom, type SeededRandom } from "./random.ts";
export type { DataFileOptions, FolderOptions, HubDatasetOptions } from "./source/node.ts";
export type { DataFileKind } from "./splits.ts";
export type { TrainTestSplitOptions } from "./split.ts";
