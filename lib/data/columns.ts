/** What can be done to the columns of one row; errors name columns, never values. */
import { ResidencyError } from "../errors.ts";

/** A column of a row type. */
export type Column<T> = Extract<keyof T, string>;

/** The error for a column that is not there. */
export function noColumn(name: string, known: readonly string[]): ResidencyError {
  return new ResidencyError(
    "E_DATASET",
    `Cannot find column "${name}" in every row; the first row has: ${known.join(", ") || "none"}`,
  );
}

/** Throws E_DATASET for a name that is not among the known ones. */
export function checkColumns(names: readonly string[], known: readonly string[]): void {
  const missing = names.find((name) => !known.includes(name));
  if (missing !== undefined) throw noColumn(missing, known);
}

/** One value of a row; throws E_DATASET. */
export function valueOf<T, K extends Column<T>>(row: T, name: K, known: readonly string[]): T[K] {
  if (typeof row !== "object" || row === null || !Object.hasOwn(row, name)) throw noColumn(name, known);
  return row[name];
}

/** A row with some columns alone; throws E_DATASET. */
export function pickColumns<T, K extends Column<T>>(
  row: T,
  names: readonly K[],
  known: readonly string[],
): Pick<T, K> {
  return Object.fromEntries(names.map((name) => [name, valueOf(row, name, known)])) as Pick<T, K>;
}

/** A row without some columns. */
export function dropColumns<T, K extends Column<T>>(row: T, names: readonly K[]): Omit<T, K> {
  const kept = Object.entries(row as object).filter(([name]) => !(names as readonly string[]).includes(name));
  return Object.fromEntries(kept) as Omit<T, K>;
}

/** A row whose column has another name, in the same place. */
export function renameColumn<T, K extends Column<T>, N extends string>(
  row: T,
  from: K,
  to: N,
): Omit<T, K> & Record<N, T[K]> {
  const renamed = Object.entries(row as object).map(([name, value]) => [
    name === from ? to : name,
    value as unknown,
  ]);
  return Object.fromEntries(renamed) as Omit<T, K> & Record<N, T[K]>;
}

/** Reads lists of one length as rows; throws E_DATASET. */
export function rowsOfColumns(columns: Readonly<Record<string, readonly unknown[]>>): {
  length: number;
  row: (index: number) => object;
} {
  const entries = Object.entries(columns);
  const length = entries[0]?.[1].length ?? 0;
  const other = entries.find(([, values]) => values.length !== length);
  if (other) {
    throw new ResidencyError(
      "E_DATASET",
      `Cannot make a data set: column "${other[0]}" has ${other[1].length} values, and "${entries[0]![0]}" has ${length}`,
    );
  }
  return {
    length,
    row: (index) => Object.fromEntries(entries.map(([name, values]) => [name, values[index]])),
  };
}
