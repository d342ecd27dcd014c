/** An immutable, typed list of rows with the operations that preparing training data needs. */
import { ResidencyError } from "../errors.ts";
import { seededRandom } from "./random.ts";

/** How a data set is split. */
export interface TrainTestSplitOptions {
  /** A fraction between 0 and 1, or a whole number of rows. */
  testSize: number;
  /** Seed of the shuffle before the split. */
  seed?: number;
}

/**
 * Rows of one type; every operation returns a new data set.
 *
 * @example
 * const lengths = Dataset.fromArray(["a", "bcd"]).map((text) => text.length);
 * [...lengths]; // [1, 3]
 */
export class Dataset<T> implements Iterable<T> {
  readonly #rows: readonly T[];

  private constructor(rows: readonly T[]) {
    this.#rows = rows;
  }

  /** Makes a data set of a copy of `rows`. */
  static fromArray<T>(rows: readonly T[]): Dataset<T> {
    return new Dataset([...rows]);
  }

  /** How many rows there are. */
  get length(): number {
    return this.#rows.length;
  }

  /** The row at an index from 0; an index outside the data set is a RangeError. */
  at(index: number): T {
    if (!Number.isInteger(index) || index < 0 || index >= this.length) {
      throw new RangeError(`Cannot take row ${index} of a data set of ${this.length} rows`);
    }
    return this.#rows[index]!;
  }

  /** Replaces each row by the result of `transform`. */
  map<U>(transform: (row: T, index: number) => U): Dataset<U> {
    return new Dataset(this.#rows.map(transform));
  }

  /** Keeps the rows for which `keep` is true. */
  filter(keep: (row: T, index: number) => boolean): Dataset<T> {
    return new Dataset(this.#rows.filter(keep));
  }

  /** The rows at the given indices, in that order. */
  select(indices: Iterable<number>): Dataset<T> {
    return new Dataset(Array.from(indices, (index) => this.at(index)));
  }

  /** The rows in a random order that the seed decides. */
  shuffle(seed: number): Dataset<T> {
    return new Dataset(seededRandom(seed).shuffle(this.#rows));
  }

  /** Shuffles, then splits into two data sets that share no row. */
  trainTestSplit({ testSize, seed = 0 }: TrainTestSplitOptions): { train: Dataset<T>; test: Dataset<T> } {
    const count = testSize < 1 ? Math.ceil(testSize * this.length) : testSize;
    if (!Number.isInteger(count) || count < 1 || count >= this.length) {
      throw new ResidencyError(
        "E_CONFIG",
        `Cannot split ${this.length} rows with testSize ${testSize}: give a fraction between 0 and 1 or a whole ` +
          "number, so that both parts have a row",
      );
    }
    const rows = seededRandom(seed).shuffle(this.#rows);
    return { train: new Dataset(rows.slice(count)), test: new Dataset(rows.slice(0, count)) };
  }

  /** A copy of the rows as an array. */
  toArray(): T[] {
    return [...this.#rows];
  }

  [Symbol.iterator](): Iterator<T> {
    return this.#rows[Symbol.iterator]();
  }
}
