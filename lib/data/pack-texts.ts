/** Rows for pre-training: texts joined with an end-of-text token and cut into blocks of one length. */
import type { TokenizedRow } from "./collate.ts";

/**
 * Joins tokenized texts, each closed by `eosTokenId`, and cuts the stream into blocks; what is left at the end is
 * dropped. Every token is trained on, as in the domain pre-training of Asclepius.
 *
 * @example
 * packTexts([[1, 2], [3]], { blockLength: 2, eosTokenId: 0 }).length; // → 2
 */
export function packTexts(
  texts: Iterable<readonly number[]>,
  { blockLength, eosTokenId }: { blockLength: number; eosTokenId: number },
): TokenizedRow[] {
  const rows: TokenizedRow[] = [];
  let block: number[] = [];
  for (const text of texts) {
    for (const token of [...text, eosTokenId]) {
      block.push(token);
      if (block.length === blockLength) {
        rows.push({ inputIds: block, labels: block });
        block = [];
      }
    }
  }
  return rows;
}
