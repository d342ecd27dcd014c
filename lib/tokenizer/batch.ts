/** Makes rows of token ids equally long, with an attention mask. */
import { ResidencyError } from "../errors.ts";
import type { Side } from "./parse-config.ts";

/** How rows are padded; names and meanings are those of transformers' tokenizer call. */
export interface PaddingOptions {
  /** true or "longest": to the longest row; "max_length": to `maxLength`; false: rows keep their lengths (default: false). */
  padding?: boolean | "longest" | "max_length" | "do_not_pad";
  /** The wanted length in tokens; the tokenizer's own limit where it is left out. */
  maxLength?: number;
  /** The side on which pad tokens go; generation wants "left" (default: the tokenizer's). */
  paddingSide?: Side;
  /** Pad to a multiple of this length. */
  padToMultipleOf?: number;
}

/** A row that can be padded: lists of the same length, of which only the ids must be there. */
export interface PaddableRow {
  inputIds: number[];
  attentionMask?: number[];
  tokenTypeIds?: number[];
  specialTokensMask?: number[];
  offsetMapping?: (readonly [number, number])[];
  sequenceIds?: (0 | 1 | null)[];
  assistantMasks?: number[];
}

/** What stands in each list at a pad token. */
interface Fillers {
  inputIds: number;
  attentionMask: number;
  tokenTypeIds: number;
  specialTokensMask: number;
  offsetMapping: readonly [number, number];
  sequenceIds: null;
  assistantMasks: number;
}

/** The length limit that options need, or an error where an option needs one and there is none. */
export function lengthLimit(
  { padding = false, paddingSide = "right", maxLength, padToMultipleOf }: PaddingOptions,
  truncates: boolean,
  modelMaxLength: number | undefined,
): number | undefined {
  const limit = maxLength ?? modelMaxLength;
  checkChoice("padding", padding, [true, false, "longest", "max_length", "do_not_pad"]);
  checkChoice("paddingSide", paddingSide, ["left", "right"]);
  if (limit === undefined && (truncates || padding === "max_length")) {
    throw new ResidencyError(
      "E_CONFIG",
      "Cannot truncate or pad to max_length without a length: the tokenizer has no limit of its own, give maxLength",
    );
  }
  for (const [name, value] of Object.entries({ maxLength: limit, padToMultipleOf })) {
    if (value !== undefined && (!Number.isSafeInteger(value) || value < 1)) {
      throw new ResidencyError("E_CONFIG", `Cannot make a batch with ${name} ${value}: it must be 1 or more`);
    }
  }
  const pads = padding !== false && padding !== "do_not_pad";
  if (truncates && pads && limit !== undefined && padToMultipleOf && limit % padToMultipleOf !== 0) {
    throw new ResidencyError(
      "E_CONFIG",
      `Cannot truncate to ${limit} tokens and pad to a multiple of ${padToMultipleOf}: rows would be longer than that; ` +
        "give a maxLength that is a multiple",
    );
  }
  return limit;
}

/**
 * Pads rows as the options say; `limit` is the result of `lengthLimit`. A row without an attention mask gets one.
 *
 * @throws ResidencyError E_TOKENIZER where a row must be padded and there is no pad token.
 */
export function padRows<R extends PaddableRow>(
  rows: readonly R[],
  padTokenId: number | undefined,
  limit: number | undefined,
  options: PaddingOptions & { paddingSide: Side },
): (R & { attentionMask: number[] })[] {
  const { padding = false, paddingSide, padToMultipleOf = 1 } = options;
  const longest = rows.reduce((length, { inputIds }) => Math.max(length, inputIds.length), 0);
  const wanted = padding === "max_length" ? (limit ?? 0) : longest;
  const target = Math.ceil(wanted / padToMultipleOf) * padToMultipleOf;
  return rows.map((given) => {
    const row = { ...given, attentionMask: given.attentionMask ?? given.inputIds.map(() => 1) };
    const missing = padding === false || padding === "do_not_pad" ? 0 : target - row.inputIds.length;
    if (missing <= 0) return row;
    if (padTokenId === undefined) {
      throw new ResidencyError(
        "E_TOKENIZER",
        "Cannot pad: the tokenizer has no pad token; set tokenizer.padToken, for example to tokenizer.eosToken",
      );
    }
    const fillers: Fillers = {
      inputIds: padTokenId,
      attentionMask: 0,
      tokenTypeIds: 0,
      specialTokensMask: 1,
      offsetMapping: [0, 0],
      sequenceIds: null,
      assistantMasks: 0,
    };
    const padded = Object.entries(fillers).flatMap(([name, filler]) => {
      const list = row[name as keyof PaddableRow] as unknown[] | undefined;
      if (list === undefined) return [];
      const pads = new Array<unknown>(missing).fill(filler);
      return [[name, paddingSide === "left" ? [...pads, ...list] : [...list, ...pads]] as const];
    });
    return { ...row, ...Object.fromEntries(padded) };
  });
}

/**
 * Passes where an option has one of the values that it may have.
 *
 * @throws ResidencyError E_CONFIG otherwise.
 */
export function checkChoice(name: string, value: unknown, allowed: readonly (string | boolean)[]): void {
  if ((allowed as readonly unknown[]).includes(value)) return;
  const list = allowed.map((choice) => JSON.stringify(choice)).join(", ");
  throw new ResidencyError("E_CONFIG", `Cannot use ${JSON.stringify(value)} as ${name}; allowed: ${list}`);
}
