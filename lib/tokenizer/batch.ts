/** Makes rows of token ids equally long: truncation, then padding with an attention mask. */
import { ResidencyError } from "../errors.ts";

/** How a batch is shaped; names and meanings are those of transformers' tokenizer call. */
export interface BatchOptions {
  /** true or "longest": to the longest row; "max_length": to `maxLength`; false: rows keep their lengths. */
  padding?: boolean | "longest" | "max_length";
  /** Cut rows that are longer than `maxLength`. */
  truncation?: boolean;
  /** The wanted length in tokens; the tokenizer's own limit where it is left out. */
  maxLength?: number;
  /** The side on which pad tokens go; generation wants "left". */
  paddingSide?: "left" | "right";
  /** The side from which tokens are cut. */
  truncationSide?: "left" | "right";
  /** Pad to a multiple of this length. */
  padToMultipleOf?: number;
}

/** Token ids and mask, both [batch][length]; the mask is 1 at tokens and 0 at padding. */
export interface BatchEncoding {
  inputIds: number[][];
  attentionMask: number[][];
}

/** Cuts `ids` to `maxLength` from one side. */
export function truncateIds(ids: readonly number[], maxLength: number, side: "left" | "right"): number[] {
  if (ids.length <= maxLength) return [...ids];
  return side === "right" ? ids.slice(0, maxLength) : ids.slice(ids.length - maxLength);
}

/** The length limit that a batch needs, or an error where an option needs one and there is none. */
export function batchLimit(options: BatchOptions, modelMaxLength: number | undefined): number | undefined {
  const { padding, truncation = false, maxLength = modelMaxLength } = options;
  if (maxLength === undefined && (truncation || padding === "max_length")) {
    throw new ResidencyError(
      "E_CONFIG",
      "Cannot truncate or pad to max_length without a length: the tokenizer has no limit of its own, give maxLength",
    );
  }
  for (const [name, value] of Object.entries({ maxLength, padToMultipleOf: options.padToMultipleOf })) {
    if (value !== undefined && (!Number.isSafeInteger(value) || value < 1)) {
      throw new ResidencyError("E_CONFIG", `Cannot make a batch with ${name} ${value}: it must be 1 or more`);
    }
  }
  return maxLength;
}

/** Pads rows as the options say; `limit` is the result of `batchLimit`. */
export function padRows(
  rows: readonly number[][],
  padTokenId: number | undefined,
  limit: number | undefined,
  options: BatchOptions,
): BatchEncoding {
  const { padding = false, paddingSide = "right", padToMultipleOf = 1 } = options;
  const longest = rows.reduce((length, row) => Math.max(length, row.length), 0);
  const wanted = padding === "max_length" ? Math.max(limit ?? 0, longest) : longest;
  const target = Math.ceil(wanted / padToMultipleOf) * padToMultipleOf;
  const inputIds: number[][] = [];
  const attentionMask: number[][] = [];
  for (const row of rows) {
    const missing = padding === false ? 0 : target - row.length;
    if (missing > 0 && padTokenId === undefined) {
      throw new ResidencyError(
        "E_TOKENIZER",
        "Cannot pad: the tokenizer has no pad token; set pad_token in its tokenizer_config.json",
      );
    }
    const pads = new Array<number>(missing).fill(padTokenId ?? 0);
    const [zeros, ones] = [new Array<number>(missing).fill(0), new Array<number>(row.length).fill(1)];
    inputIds.push(paddingSide === "left" ? [...pads, ...row] : [...row, ...pads]);
    attentionMask.push(paddingSide === "left" ? [...zeros, ...ones] : [...ones, ...zeros]);
  }
  return { inputIds, attentionMask };
}
