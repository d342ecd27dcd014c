/** MurmurHash2 in 32 bits, by which front ends find the cell that a file name stands for. */

const multiplier = 0x5bd1e995;

/** The hash of a text's UTF-8 bytes, as an unsigned number. */
export function murmur2(text: string, seed: number): number {
  const bytes = Buffer.from(text, "utf8");
  const words = bytes.length >>> 2;
  let hash = seed ^ bytes.length;
  for (let word = 0; word < words; word++) {
    let part = Math.imul(bytes.readInt32LE(word * 4), multiplier);
    part = Math.imul(part ^ (part >>> 24), multiplier);
    hash = Math.imul(hash, multiplier) ^ part;
  }
  const rest = bytes.subarray(words * 4);
  if (rest.length > 0) {
    hash ^= rest.readUIntLE(0, rest.length);
    hash = Math.imul(hash, multiplier);
  }
  hash = Math.imul(hash ^ (hash >>> 13), multiplier);
  return (hash ^ (hash >>> 15)) >>> 0;
}
