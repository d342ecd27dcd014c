/** Reads prompts and then token after token with a key/value cache, and keeps the rows of the batch in step. */
import { ResidencyError } from "../errors.ts";
import { KeyValueCache, positionsFromMask } from "../nn/index.ts";
import type { CausalDecoder } from "./decoder.ts";

type Rows = readonly (readonly number[])[];

/**
 * Checks that prompts are rows of one length, padded on the left.
 *
 * @throws ResidencyError E_SHAPE when they are not.
 */
export function checkPrompts(inputIds: Rows, attentionMask: Rows | undefined): void {
  const length = inputIds[0]?.length ?? 0;
  if (length === 0 || inputIds.some((row) => row.length !== length)) {
    throw new ResidencyError(
      "E_SHAPE",
      `Cannot generate from prompts of ${inputIds.map((row) => row.length).join(", ") || "no"} tokens: ` +
        "every prompt must have the same length, at least 1; pad the shorter ones on the left",
    );
  }
  if (!attentionMask) return;
  const isRow = (row: readonly number[]): boolean => row.length === length && row[length - 1] === 1;
  if (attentionMask.length !== inputIds.length || !attentionMask.every(isRow)) {
    throw new ResidencyError(
      "E_SHAPE",
      `Cannot generate: the attention mask must have ${inputIds.length} rows of ${length} entries that end with 1 ` +
        "(padding is on the left)",
    );
  }
}

/** Each row several times, one after the other. */
export const repeated = <T>(rows: readonly T[], times: number): T[] =>
  rows.flatMap((row) => Array<T>(times).fill(row));

/** The state of a model that reads rows of tokens. */
export class Decoding {
  readonly #model: CausalDecoder;
  readonly #cache = new KeyValueCache();
  /** The next position of each row. */
  #positions: number[];
  /** Undefined while no row has padding, which spares the mask. */
  #mask: number[][] | undefined;
  readonly #promptLength: number;

  constructor(model: CausalDecoder, promptLength: number) {
    this.#model = model;
    this.#promptLength = promptLength;
    this.#positions = [];
  }

  /** Reads the prompts `[B, T]`; the logits of the first new token, one `[V]` a row. */
  async readPrompts(inputIds: Rows, attentionMask: Rows | undefined): Promise<Float32Array[]> {
    const hasPadding = attentionMask?.some((row) => row.includes(0));
    this.#mask = hasPadding ? attentionMask!.map((row) => [...row]) : undefined;
    const positionIds = this.#mask
      ? positionsFromMask(this.#mask)
      : inputIds.map((row) => row.map((_, position) => position));
    this.#positions = positionIds.map((row) => row[row.length - 1]! + 1);
    return this.#run(inputIds, positionIds);
  }

  /** Reads one token a row; the logits of the next, one `[V]` a row. */
  async readTokens(tokens: readonly number[]): Promise<Float32Array[]> {
    for (const row of this.#mask ?? []) row.push(1);
    const positionIds = this.#positions.map((position) => [position]);
    this.#positions = this.#positions.map((position) => position + 1);
    return this.#run(
      tokens.map((token) => [token]),
      positionIds,
    );
  }

  async #run(inputIds: Rows, positionIds: Rows): Promise<Float32Array[]> {
    const logits = this.#model.nextLogits({
      inputIds,
      positionIds,
      attentionMask: this.#mask,
      cache: this.#cache,
    });
    const values = (await logits.data()) as Float32Array;
    const [rows, vocabulary] = logits.shape;
    logits.dispose();
    return Array.from({ length: rows }, (_, row) =>
      values.subarray(row * vocabulary, (row + 1) * vocabulary),
    );
  }

  /**
   * Goes on with these rows, in this order; a row may come more than once. Rows that are `siblings` of those whose place
   * they take came of the same prompt, whose part of the cache then stays where it is.
   */
  takeRows(rows: readonly number[], { siblings = false }: { siblings?: boolean } = {}): void {
    if (rows.length === this.#positions.length && rows.every((row, index) => row === index)) return;
    this.#positions = rows.map((row) => this.#positions[row]!);
    this.#mask = this.#mask && rows.map((row) => [...this.#mask![row]!]);
    if (siblings) this.#cache.reorderRows(rows, this.#promptLength);
    else this.#cache.selectRows(rows);
  }

  /** Gives the cache's memory back. */
  dispose(): void {
    this.#cache.dispose();
  }
}
