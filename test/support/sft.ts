/** Rows of SFT data as a trainer prepares them, for tests of what becomes of rows. */
import { prepareAtOnce } from "../../lib/train/preparation.ts";
import { prepareSFTRows, type PreparedSFTRows, type PrepareSFTOptions } from "../../lib/train/sft-dataset.ts";

/** Prepares rows at once and tells nobody. */
export function preparedRows(rows: Iterable<unknown>, options: PrepareSFTOptions): PreparedSFTRows {
  const silent = { label: "tokenize", total: 0, onProgress: () => undefined };
  return prepareAtOnce(prepareSFTRows(rows, options), silent);
}
