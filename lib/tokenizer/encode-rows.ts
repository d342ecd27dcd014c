/** Turns texts and pairs into rows: encoded, cut to length, with the template's tokens around them. */
import { ResidencyError } from "../errors.ts";
import { checkChoice, lengthLimit } from "./batch.ts";
import type { CallOptions, EncodedRow, TextInput } from "./encoding.ts";
import type { Side } from "./parse-config.ts";
import type { ContentToken, Row, RowBuilder } from "./row.ts";
import { strategyOf, truncate, type Window } from "./truncation.ts";

/** What rows are made with. */
export interface RowSource {
  /** The tokens of a text without its template. */
  contentOf(text: string, options: CallOptions): ContentToken[];
  buildRow: RowBuilder;
  modelMaxLength: number | undefined;
  truncationSide: Side;
  /** Whether the model takes token type ids. */
  hasTokenTypeIds: boolean;
}

/**
 * The rows of texts and pairs, not yet padded; a text has more than one row only with `returnOverflowingTokens`.
 *
 * @throws ResidencyError E_CONFIG for lengths and strides that leave no room; E_TOKENIZER for a text that cannot be encoded.
 */
export function encodeRows(
  source: RowSource,
  inputs: readonly TextInput[],
  options: CallOptions,
): EncodedRow[] {
  return inputs.flatMap((input, sample) => {
    const [text, pair] = typeof input === "string" ? [input, null] : input;
    const first = source.contentOf(text, options);
    const second = pair === null ? null : source.contentOf(pair, options);
    return windowsOf(source, { first, second }, options).map((window) => {
      const row = source.buildRow(window.first, window.second, options.addSpecialTokens ?? true);
      return { sample, ...shownOf(row, options, source.hasTokenTypeIds) };
    });
  });
}

function windowsOf(
  source: RowSource,
  content: Window<ContentToken>,
  options: CallOptions,
): Window<ContentToken>[] {
  const { stride = 0, returnOverflowingTokens: overflow = false } = options;
  const { truncation = false, truncationSide = source.truncationSide } = options;
  checkChoice("truncation", truncation, [
    true,
    false,
    "longest_first",
    "only_first",
    "only_second",
    "do_not_truncate",
  ]);
  checkChoice("truncationSide", truncationSide, ["left", "right"]);
  const strategy = strategyOf(truncation);
  const limit = lengthLimit(options, strategy !== "do_not_truncate", source.modelMaxLength);
  if (!Number.isSafeInteger(stride) || stride < 0) {
    throw new ResidencyError("E_CONFIG", `Cannot truncate with stride ${stride}: it must be 0 or more`);
  }
  if (strategy === "do_not_truncate" || limit === undefined) return [content];
  const around = source.buildRow([], content.second === null ? null : [], options.addSpecialTokens ?? true);
  const room = limit - around.ids.length;
  if (room < 0) {
    throw new ResidencyError(
      "E_CONFIG",
      `Cannot truncate to maxLength ${limit}: the special tokens alone are ${around.ids.length}`,
    );
  }
  return truncate(content, room, strategy, {
    side: truncationSide,
    stride,
    overflow,
  });
}

function shownOf(row: Row, options: CallOptions, hasTokenTypeIds: boolean): Omit<EncodedRow, "sample"> {
  return {
    inputIds: row.ids,
    attentionMask: row.ids.map(() => 1),
    ...((options.returnTokenTypeIds ?? hasTokenTypeIds) ? { tokenTypeIds: row.typeIds } : {}),
    ...(options.returnSpecialTokensMask ? { specialTokensMask: row.specialMask } : {}),
    ...(options.returnOffsetsMapping ? { offsetMapping: row.spans } : {}),
    ...(options.returnSequenceIds ? { sequenceIds: row.sequenceIds } : {}),
    ...(options.returnLength ? { length: row.ids.length } : {}),
  };
}

/** Rows as one list for each of their parts, which is how a batch is given back. */
export function toColumns(
  rows: readonly object[],
  { returnOverflowingTokens }: Pick<CallOptions, "returnOverflowingTokens">,
): Record<string, unknown[]> {
  const columns: Record<string, unknown[]> = { inputIds: [], attentionMask: [] };
  for (const row of rows) {
    for (const [name, value] of Object.entries(row)) (columns[name] ??= []).push(value);
  }
  const { sample, ...shown } = columns;
  return returnOverflowingTokens ? { ...shown, overflowToSampleMapping: sample ?? [] } : shown;
}

/** A row without the number of its text, which only a batch needs. */
export function withoutSample(row: EncodedRow): Omit<EncodedRow, "sample"> {
  return Object.fromEntries(Object.entries(row).filter(([name]) => name !== "sample")) as Omit<
    EncodedRow,
    "sample"
  >;
}

/**
 * Texts with the second texts that are given beside them.
 *
 * @throws ResidencyError E_CONFIG where there are not as many of each.
 */
export function pairsOf(
  texts: readonly TextInput[],
  seconds: readonly string[] | undefined,
): readonly TextInput[] {
  if (seconds === undefined) return texts;
  if (seconds.length !== texts.length || texts.some((text) => typeof text !== "string")) {
    throw new ResidencyError(
      "E_CONFIG",
      `Cannot encode pairs: ${texts.length} texts and ${seconds.length} second texts; give as many of each`,
    );
  }
  return texts.map((text, index) => [text as string, seconds[index]!] as const);
}
