/** GPT-2's two conventions under every byte-level BPE: the byte alphabet and the split of a text into words. */

/** GPT-2's pattern: contractions, then words, numbers and punctuation with their leading space, then whitespace. */
export const wordPattern =
  /'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\p{White_Space}\p{L}\p{N}]+|\p{White_Space}+(?!\P{White_Space})|\p{White_Space}+/gu;

/** The printable character that stands for each of the 256 bytes (GPT-2's `bytes_to_unicode`), by byte. */
export const byteCharacters: readonly string[] = (() => {
  const printable = (byte: number): boolean =>
    (byte >= 0x21 && byte <= 0x7e) || (byte >= 0xa1 && byte <= 0xac) || byte >= 0xae;
  let shifted = 0;
  return Array.from({ length: 256 }, (_, byte) =>
    String.fromCodePoint(printable(byte) ? byte : 256 + shifted++),
  );
})();

/** The byte for each character of the alphabet. */
export const characterBytes: ReadonlyMap<string, number> = new Map(
  byteCharacters.map((character, byte) => [character, byte]),
);
