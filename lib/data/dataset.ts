/** An immutable, typed list of rows with the operations that preparing training data needs. */
import { ResidencyError } from "../errors.ts";
import {
  checkColumns,
  dropColumns,
  pickColumns,
  renameColumn,
  rowsOfColumns,
  valueOf,
  type Column,
} from "./columns.ts";
import type { ReadCsvOptions } from "./csv.ts";
import type { JsonRecord } from "./jsonl.ts";
import type { ReadParquetOptions } from "./parquet.ts";
import { mulberry32 } from "./mulberry32.ts";
import type { FolderOptions, HubDatasetOptions } from "./source/node.ts";
import { splitCounts, splitGroups, type TrainTestSplitOptions } from "./split.ts";

/** Two data sets that share no row. */
export interface TrainTestSplit<T> {
  train: Dataset<T>;
  test: Dataset<T>;
}

type Read<T> = (index: number) => T;

/**
 * Rows of one type; every operation returns a new data set.
 *
 * Choosing and ordering rows copies none of them, and `withTransform` computes a row when it is read.
 *
 * @example
 * const lengths = Dataset.fromArray(["a", "bcd"]).map((text) => text.length);
 * [...lengths]; // → [1, 3]
 */
export class Dataset<T> implements Iterable<T> {
  readonly #read: Read<T>;
  /** How many rows there are. */
  readonly length: number;

  private constructor(length: number, read: Read<T>) {
    this.length = length;
    this.#read = read;
  }

  /** Makes a data set of a copy of `rows`. */
  static fromArray<T>(rows: readonly T[]): Dataset<T> {
    return Dataset.#of([...rows]);
  }

  static #of<T>(rows: readonly T[]): Dataset<T> {
    return new Dataset(rows.length, (index) => rows[index] as T);
  }

  /** Makes a data set of columns of one length; throws E_DATASET. */
  static fromColumns<C extends Record<string, readonly unknown[]>>(
    columns: C,
  ): Dataset<{ [K in keyof C]: C[K][number] }> {
    const { length, row } = rowsOfColumns(columns);
    return new Dataset(length, (index) => row(index) as { [K in keyof C]: C[K][number] });
  }

  /** Puts data sets of one row type behind each other. */
  static concatenate<T>(datasets: readonly Dataset<T>[]): Dataset<T> {
    return Dataset.#of(datasets.flatMap((dataset) => dataset.toArray()));
  }

  /** Reads JSON Lines, or a JSON list of objects; throws E_DATASET. */
  static async fromJsonl(file: string): Promise<Dataset<JsonRecord>> {
    const { readDataFile } = await import("./source/node.ts");
    return Dataset.#of(await readDataFile(file, { kind: "jsonl" }));
  }

  /** Reads a CSV file whose values stay strings, as `readCsv` does; throws E_DATASET. */
  static async fromCsv(file: string, options: ReadCsvOptions = {}): Promise<Dataset<JsonRecord>> {
    const { readDataFile } = await import("./source/node.ts");
    return Dataset.#of(await readDataFile(file, { kind: "csv", csv: options }));
  }

  /** Reads a Parquet file, as `readParquet` does; throws E_DATASET. */
  static async fromParquet(file: string, options: ReadParquetOptions = {}): Promise<Dataset<JsonRecord>> {
    const { readDataFile } = await import("./source/node.ts");
    return Dataset.#of(await readDataFile(file, { kind: "parquet", parquet: options }));
  }

  /** Reads a split of the data files of a folder, found by their names as Hugging Face's are; throws E_DATASET. */
  static async fromFolder(folder: string, options: FolderOptions): Promise<Dataset<JsonRecord>> {
    const { readFolder } = await import("./source/node.ts");
    return Dataset.#of(await readFolder(folder, options));
  }

  /**
   * Reads a split of a data set of the hub, by way of the cache.
   *
   * @throws ResidencyError E_DATASET, and what `hfHubDownload` throws.
   * @example
   * const train = await Dataset.fromHub("starmpcc/Asclepius-Synthetic-Clinical-Notes", { split: "train" });
   */
  static async fromHub(id: string, options: HubDatasetOptions): Promise<Dataset<JsonRecord>> {
    const { readHubDataset } = await import("./source/node.ts");
    return Dataset.#of(await readHubDataset(id, options));
  }

  /** How many rows there are, by Hugging Face's name. */
  get numRows(): number {
    return this.length;
  }

  /** The columns of the first row, in order; a row that is no object has none. */
  get columnNames(): Column<T>[] {
    const first: unknown = this.length > 0 ? this.#read(0) : undefined;
    return typeof first === "object" && first !== null ? (Object.keys(first) as Column<T>[]) : [];
  }

  /** The row at an index from 0; an index outside the data set is a RangeError. */
  at(index: number): T {
    if (!Number.isInteger(index) || index < 0 || index >= this.length) {
      throw new RangeError(`Cannot take row ${index} of a data set of ${this.length} rows`);
    }
    return this.#read(index);
  }

  /** Replaces each row by the result of `transform`, now. */
  map<U>(transform: (row: T, index: number) => U): Dataset<U> {
    return Dataset.#of(
      Array.from({ length: this.length }, (_, index) => transform(this.#read(index), index)),
    );
  }

  /** Replaces each row by the result of `transform` whenever it is read, so that no result is kept. */
  withTransform<U>(transform: (row: T, index: number) => U): Dataset<U> {
    return new Dataset(this.length, (index) => transform(this.#read(index), index));
  }

  /** Keeps the rows for which `keep` is true. */
  filter(keep: (row: T, index: number) => boolean): Dataset<T> {
    const kept: number[] = [];
    for (let index = 0; index < this.length; index++) if (keep(this.#read(index), index)) kept.push(index);
    return this.#view(kept);
  }

  /** The rows at the given indices, in that order. */
  select(indices: Iterable<number>): Dataset<T> {
    const chosen = [...indices];
    const outside = chosen.find((index) => !Number.isInteger(index) || index < 0 || index >= this.length);
    if (outside !== undefined) this.at(outside);
    return this.#view(chosen);
  }

  /** The first rows, or all where there are fewer. */
  take(count: number): Dataset<T> {
    return this.#range(0, count);
  }

  /** The rows behind the first ones. */
  skip(count: number): Dataset<T> {
    return this.#range(count, this.length);
  }

  /** The rows in a random order that the seed decides. */
  shuffle(seed: number): Dataset<T> {
    return this.#view(mulberry32(seed).shuffle(this.#indices()));
  }

  /** The rows in the order of a column's values, numbers by size, texts by UTF-16; equal ones stay in their order. */
  sort(column: Column<T>, { reverse = false }: { reverse?: boolean } = {}): Dataset<T> {
    const values = this.column(column) as (string | number | bigint)[];
    const sign = reverse ? -1 : 1;
    const compare = (a: number, b: number): number =>
      values[a]! < values[b]! ? -sign : values[a]! > values[b]! ? sign : 0;
    return this.#view(this.#indices().sort(compare));
  }

  /** Shuffles, then splits into two data sets that share no row, nor a group of rows; throws E_CONFIG. */
  trainTestSplit({ testSize, seed = 0, groupBy }: TrainTestSplitOptions<T>): TrainTestSplit<T> {
    const count = splitCounts(this.length, testSize);
    const random = mulberry32(seed);
    if (groupBy === undefined) {
      const order = random.shuffle(this.#indices());
      return { train: this.#view(order.slice(count)), test: this.#view(order.slice(0, count)) };
    }
    const keyOf =
      typeof groupBy === "function" ? groupBy : (row: T): unknown => valueOf(row, groupBy, this.columnNames);
    const { train, test } = splitGroups([...this].map(keyOf), count, random);
    return { train: this.#view(train), test: this.#view(test) };
  }

  /** The values of one column; throws E_DATASET where a row lacks it. */
  column<K extends Column<T>>(name: K): T[K][] {
    const known = this.columnNames;
    return Array.from(this, (row) => valueOf(row, name, known));
  }

  /** The different values of a column, in the order of their first rows. */
  unique<K extends Column<T>>(name: K): T[K][] {
    return [...new Set(this.column(name))];
  }

  /** Keeps these columns alone, in this order. */
  selectColumns<K extends Column<T>>(names: readonly K[]): Dataset<Pick<T, K>> {
    const known = this.columnNames;
    return this.withTransform((row) => pickColumns(row, names, known));
  }

  /** Leaves columns out. */
  removeColumns<K extends Column<T>>(names: readonly K[]): Dataset<Omit<T, K>> {
    checkColumns(names, this.columnNames);
    return this.withTransform((row) => dropColumns(row, names));
  }

  /** Gives a column another name; it keeps its place. */
  renameColumn<K extends Column<T>, N extends string>(from: K, to: N): Dataset<Omit<T, K> & Record<N, T[K]>> {
    checkColumns([from], this.columnNames);
    if ((this.columnNames as string[]).includes(to)) {
      throw new ResidencyError("E_DATASET", `Cannot rename "${from}" to "${to}": there is such a column`);
    }
    return this.withTransform((row) => renameColumn(row, from, to));
  }

  /** Adds a column of one value a row; throws E_DATASET. */
  addColumn<N extends string, V>(name: N, values: readonly V[]): Dataset<T & Record<N, V>> {
    if (values.length !== this.length || (this.columnNames as string[]).includes(name)) {
      throw new ResidencyError(
        "E_DATASET",
        `Cannot add column "${name}": give ${this.length} values (there are ${values.length}), and a name that is free`,
      );
    }
    return this.withTransform((row, index) => ({ ...row, [name]: values[index] }) as T & Record<N, V>);
  }

  /** Rows gathered into lists of `size`; the last may be shorter, unless it is dropped. */
  batch(size: number, { dropLastBatch = false }: { dropLastBatch?: boolean } = {}): Dataset<T[]> {
    if (!Number.isInteger(size) || size < 1) {
      throw new ResidencyError(
        "E_CONFIG",
        `Cannot make batches of ${size}: give a whole number of at least 1`,
      );
    }
    const count = dropLastBatch ? Math.floor(this.length / size) : Math.ceil(this.length / size);
    return new Dataset(count, (index) => this.#range(index * size, (index + 1) * size).toArray());
  }

  /** Goes through the rows in batches, of which one is made at a time. */
  iterate({
    batchSize,
    dropLastBatch = false,
  }: {
    batchSize: number;
    dropLastBatch?: boolean;
  }): Iterable<T[]> {
    return this.batch(batchSize, { dropLastBatch });
  }

  /** The first rows as plain objects, which a notebook shows as a table; a row that is no object is its `value`. */
  toTable(limit = 20): Record<string, unknown>[] {
    return Array.from(this.take(limit), (row) =>
      typeof row === "object" && row !== null ? { ...(row as Record<string, unknown>) } : { value: row },
    );
  }

  /** The columns as lists. */
  toColumns(): { [K in Column<T>]: T[K][] } {
    return Object.fromEntries(this.columnNames.map((name) => [name, this.column(name)])) as {
      [K in Column<T>]: T[K][];
    };
  }

  /** The rows as JSON Lines. */
  toJsonl(): string {
    return Array.from(this, (row) => `${JSON.stringify(row)}\n`).join("");
  }

  /** A copy of the rows as an array. */
  toArray(): T[] {
    return Array.from({ length: this.length }, (_, index) => this.#read(index));
  }

  *[Symbol.iterator](): Iterator<T> {
    for (let index = 0; index < this.length; index++) yield this.#read(index);
  }

  #indices(): number[] {
    return Array.from({ length: this.length }, (_, index) => index);
  }

  #view(indices: readonly number[]): Dataset<T> {
    return new Dataset(indices.length, (index) => this.#read(indices[index]!));
  }

  #range(from: number, to: number): Dataset<T> {
    if (!Number.isInteger(from) || !Number.isInteger(to) || from < 0 || to < 0) {
      throw new RangeError(`Cannot take the rows ${from} to ${to}: give whole numbers of at least 0`);
    }
    const start = Math.min(from, this.length);
    return new Dataset(Math.max(0, Math.min(to, this.length) - start), (index) => this.#read(start + index));
  }
}
