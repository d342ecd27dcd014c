/** Typed data sets, readers, and the batches made of tokenized rows. */
export {
  collate,
  positionsOfLengths,
  textsOf,
  type Batch,
  type PaddingOptions,
  type PaddingSide,
  type TokenizedRow,
} from "./collate.ts";
export {
  DataCollatorForLanguageModeling,
  DataCollatorForSeq2Seq,
  DataCollatorWithFlattening,
  type CollatorRow,
  type DataCollator,
  type LanguageModelingCollatorOptions,
  type PaddingCollatorOptions,
} from "./collators.ts";
export type { Column } from "./columns.ts";
export { Dataset, type TrainTestSplit } from "./dataset.ts";
export { readCsv, type CsvRecord, type ReadCsvOptions } from "./csv.ts";
export { integerField, readJsonl, stringField, type JsonRecord, type ReadJsonlOptions } from "./jsonl.ts";
export { readJsonlFile } from "./node.ts";
export { packDataset, packingStrategies, type PackingStrategy } from "./pack-rows.ts";
export { packTexts } from "./pack-texts.ts";
export { readParquet, type ReadParquetOptions } from "./parquet.ts";
export { mulberry32 } from "./mulberry32.ts";
export { seededRandom, type RandomDraws, type SeededRandom } from "../random.ts";
export type { ChatContentPart, ChatMessage, Conversation } from "../tokenizer/index.ts";
export type { DataFileOptions, FolderOptions, HubDatasetOptions } from "./source/node.ts";
export type { DataFileKind } from "./splits.ts";
export type { TrainTestSplitOptions } from "./split.ts";
