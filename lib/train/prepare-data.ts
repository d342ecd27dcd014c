/** Prepares the data sets of a trainer, one after the other; its callbacks and a terminal are told how far that is. */
import type { TrainingArguments } from "./arguments.ts";
import type { TrainerCallback } from "./callbacks.ts";
import { ownProgress } from "./own-callbacks.ts";
import { prepareAtOnce, prepareInTurns, type Preparation, type PreparationOptions } from "./preparation.ts";

/** The rows that a trainer is given, and who is told of them. */
export interface GivenData<Row> {
  args: TrainingArguments;
  callbacks?: readonly TrainerCallback[] | undefined;
  trainDataset: Iterable<Row>;
  evalDataset?: Iterable<Row> | undefined;
}

/** What is made of a trainer's rows. */
export interface PreparedData<Prepared> {
  train: Prepared;
  evaluation: Prepared | undefined;
}

/** Makes what a trainer needs of the rows of a set. */
export type PrepareRows<Row, Prepared> = (
  rows: Iterable<Row>,
  set: "train" | "eval",
) => Preparation<Prepared>;

/** How data is prepared by `create()`. */
export interface CreateOptions {
  /** Ends the preparation with E_INTERRUPTED once it is aborted. */
  signal?: AbortSignal | undefined;
}

/** The preparations that data needs; `clear` takes away what is shown when a row is refused. */
function preparationsOf<Row, Prepared>(
  { args, callbacks = [], trainDataset, evalDataset }: GivenData<Row>,
  prepare: PrepareRows<Row, Prepared>,
) {
  const own = ownProgress(args, callbacks);
  const told = [...callbacks, ...(own ? [own] : [])];
  const of = (rows: Iterable<Row>, set: "train" | "eval") => ({
    steps: prepare(rows, set),
    report: {
      label: `tokenize ${set}`,
      total: "length" in rows && typeof rows.length === "number" ? rows.length : 0,
      onProgress: (progress) => told.forEach((callback) => callback.onDataPreparation?.(progress)),
    } satisfies PreparationOptions,
  });
  return {
    train: of(trainDataset, "train"),
    evaluation: evalDataset && of(evalDataset, "eval"),
    clear: () => own?.clear(),
  };
}

/** Prepares all rows before it returns. */
export function prepareData<Row, Prepared>(
  data: GivenData<Row>,
  prepare: PrepareRows<Row, Prepared>,
): PreparedData<Prepared> {
  const { train, evaluation, clear } = preparationsOf(data, prepare);
  try {
    return {
      train: prepareAtOnce(train.steps, train.report),
      evaluation: evaluation && prepareAtOnce(evaluation.steps, evaluation.report),
    };
  } finally {
    clear();
  }
}

/**
 * Prepares all rows in pieces between which other work gets its turn.
 *
 * @throws ResidencyError E_INTERRUPTED once the signal is aborted.
 */
export async function prepareDataInTurns<Row, Prepared>(
  data: GivenData<Row>,
  prepare: PrepareRows<Row, Prepared>,
  { signal }: CreateOptions,
): Promise<PreparedData<Prepared>> {
  const { train, evaluation, clear } = preparationsOf(data, prepare);
  try {
    return {
      train: await prepareInTurns(train.steps, { ...train.report, signal }),
      evaluation: evaluation && (await prepareInTurns(evaluation.steps, { ...evaluation.report, signal })),
    };
  } finally {
    clear();
  }
}
