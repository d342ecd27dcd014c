/** Reads Parquet by hyparquet, column by column and with ranges of rows; errors never quote a value. */
import type { AsyncBuffer } from "hyparquet";
import { ResidencyError } from "../errors.ts";
import type { JsonRecord } from "./jsonl.ts";

/** Which part of a Parquet file is read. */
export interface ReadParquetOptions {
  /** Columns, in this order (default: all). */
  columns?: readonly string[];
  /** The first row, from 0 (default: 0). */
  rowStart?: number;
  /** The row behind the last (default: all rows, of which there may be 10 million). */
  rowEnd?: number;
}

const mostRows = 10_000_000;

/**
 * Reads rows from bytes, or from a source of ranges of bytes; whole numbers of 64 bits are numbers where they fit.
 *
 * @throws ResidencyError E_DATASET when the bytes are no Parquet, a column is missing, or there are too many rows.
 * @example
 * const readFirst = (file: ArrayBuffer) => readParquet(file, { columns: ["note"], rowEnd: 100 });
 */
export async function readParquet(
  file: ArrayBuffer | AsyncBuffer,
  { columns, rowStart = 0, rowEnd }: ReadParquetOptions = {},
): Promise<JsonRecord[]> {
  const [{ parquetMetadataAsync, parquetReadObjects }, { compressors }] = await Promise.all([
    import("hyparquet"),
    import("hyparquet-compressors"),
  ]);
  let metadata: Awaited<ReturnType<typeof parquetMetadataAsync>>;
  try {
    metadata = await parquetMetadataAsync(file);
  } catch {
    throw new ResidencyError(
      "E_DATASET",
      "Cannot read the Parquet file: its footer is not valid; get it again",
    );
  }
  const total = Number(metadata.num_rows);
  const end = Math.min(rowEnd ?? total, total);
  if (!Number.isInteger(rowStart) || !Number.isInteger(end) || rowStart < 0 || rowStart >= end) {
    throw new ResidencyError(
      "E_DATASET",
      `Cannot read the rows ${rowStart} to ${end} of a Parquet file of ${total} rows: choose some that it has`,
    );
  }
  if (end - rowStart > mostRows) {
    throw new ResidencyError(
      "E_DATASET",
      `Cannot read ${end - rowStart} rows at once: at most ${mostRows} are allowed; give rowStart and rowEnd`,
    );
  }
  checkColumns(metadata.schema, columns);
  let rows: Record<string, unknown>[];
  try {
    rows = await parquetReadObjects({
      file,
      metadata,
      compressors,
      rowStart,
      rowEnd: end,
      ...(columns && { columns: [...columns] }),
    });
  } catch {
    // The library's messages may quote what it could not decode.
    throw new ResidencyError(
      "E_DATASET",
      `Cannot read the rows ${rowStart} to ${end} of the Parquet file: they are damaged, encrypted or packed in a way ` +
        "that hyparquet does not know; write the file anew, with snappy or zstd",
    );
  }
  return rows.map((row) => plain(row) as JsonRecord);
}

function checkColumns(
  schema: readonly { name: string; num_children?: number }[],
  columns?: readonly string[],
): void {
  const known: string[] = [];
  // The schema lists a tree depth first; its root's children are the columns.
  let at = 1;
  const skip = (): void => {
    const children = schema[at++]?.num_children ?? 0;
    for (let child = 0; child < children && at < schema.length; child++) skip();
  };
  while (at < schema.length) {
    known.push(schema[at]!.name);
    skip();
  }
  const missing = columns?.find((name) => !known.includes(name));
  if (missing === undefined) return;
  throw new ResidencyError(
    "E_DATASET",
    `Cannot read column "${missing}" of the Parquet file: it has ${known.join(", ")}`,
  );
}

function plain(value: unknown): unknown {
  if (typeof value === "bigint") {
    const number = Number(value);
    return Number.isSafeInteger(number) ? number : value;
  }
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value === "object" && value !== null && Object.getPrototypeOf(value) === Object.prototype) {
    return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, plain(inner)]));
  }
  return value;
}
