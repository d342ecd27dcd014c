/** Decodes ids that arrive one at a time into pieces of text that never end inside a UTF-8 character. */

/** A stream of text from ids. */
export interface DecodeStream {
  /** Takes the next id and returns the text that is now certain, often "". */
  push(id: number): string;
  /** Returns what is still held back, with U+FFFD for a character that was never finished. */
  flush(): string;
}

/**
 * Starts a stream over a decoder of whole id sequences. Each piece is the difference between two decodings that
 * start at the same id, since a token's text may depend on the token before it (spaces, byte runs).
 */
export function createDecodeStream(decode: (ids: number[]) => string): DecodeStream {
  let ids: number[] = [];
  // ids before `emitted` have been told; they stay as context until the next piece is out.
  let emitted = 0;
  const advance = (unfinished: boolean): string => {
    const known = decode(ids.slice(0, emitted));
    const text = decode(ids);
    if (!unfinished && text.endsWith("\uFFFD")) return "";
    if (text.length <= known.length) return "";
    ids = ids.slice(emitted);
    emitted = ids.length;
    return text.slice(known.length);
  };
  return {
    push(id) {
      ids.push(id);
      return advance(false);
    },
    flush: () => advance(true),
  };
}
