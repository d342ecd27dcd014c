/** The secret that surrogates are drawn from, and how draws come out of it so that nobody gets back to it by trying. */
import { hmac } from "@noble/hashes/hmac.js";
import { scrypt } from "@noble/hashes/scrypt.js";
import { sha256 } from "@noble/hashes/sha2.js";
import { hexToBytes, utf8ToBytes } from "@noble/hashes/utils.js";
import { mulberry32 } from "../../data/index.ts";
import { ResidencyError } from "../../errors.ts";

/** The fewest bytes of a secret: 128 bits. */
const leastBytes = 16;
/** The fewest characters of a passphrase. */
const leastCharacters = 12;

/**
 * A secret of 256 bits for `deidentify`: drawn by the platform's secure generator, or made of a text to draw the same surrogates again.
 * 32 or more hexadecimal digits are taken as they are; any other text is a passphrase, out of which scrypt (N 2^15, r 8) makes the
 * secret in some tenths of a second, so that guesses are dear. A passphrase of few or of common words can be guessed all the same.
 *
 * @throws ResidencyError E_CONFIG for a passphrase of less than 12 characters, or of nothing but digits and less than 39 of them.
 * @example
 * deidentifySecret().length; // → 32
 * deidentifySecret("000102030405060708090a0b0c0d0e0f").length; // → 16
 */
export function deidentifySecret(text?: string): Uint8Array {
  if (text === undefined) return crypto.getRandomValues(new Uint8Array(32));
  // 32 decimal digits are hexadecimal ones, but hold 106 bits.
  if (/^(?:[0-9a-f]{2}){16,}$/i.test(text) && /[a-f]/i.test(text)) return hexToBytes(text);
  if (text.length < leastCharacters || (/^\d+$/.test(text) && text.length < 39)) {
    // The text is a secret, and so in no message.
    throw new ResidencyError(
      "E_CONFIG",
      `Cannot take this text as a secret: give at least ${2 * leastBytes} hexadecimal digits, or a passphrase of at least ` +
        `${leastCharacters} characters that are not all digits`,
    );
  }
  return scrypt(utf8ToBytes(text.normalize("NFKC")), utf8ToBytes("residency deidentify"), {
    ...{ N: 2 ** 15, r: 8, p: 1, dkLen: 32 },
  });
}

/** Gives a seed for what the parts name: the same for the same parts. */
export type DrawSeeds = (...parts: readonly string[]) => number;

/**
 * The seeds of a patient. Each is 32 bits of HMAC-SHA256 under a key that is HMAC-SHA256 of the patient under the secret: whoever finds one
 * out by trying all knows nothing of the others, of the key or of the secret.
 *
 * @throws ResidencyError E_CONFIG for a secret of less than 128 bits; TypeError for one that is not bytes.
 */
export function seedsOfSecret(secret: Uint8Array, patientKey: string): DrawSeeds {
  if (!(secret instanceof Uint8Array)) {
    throw new TypeError("Cannot de-identify: the secret must be bytes, such as deidentifySecret() gives");
  }
  if (secret.length < leastBytes) {
    throw new ResidencyError(
      "E_CONFIG",
      `Cannot de-identify with a secret of ${8 * secret.length} bits: it must have at least ${8 * leastBytes}; deidentifySecret() draws one`,
    );
  }
  const key = hmac(sha256, secret, utf8ToBytes(patientKey));
  return (...parts) => {
    const hash = hmac(sha256, key, utf8ToBytes(parts.join("\u0000")));
    return new DataView(hash.buffer, hash.byteOffset).getUint32(0);
  };
}

/** FNV-1a over UTF-16 units, as a seed. */
function seedOf(...parts: readonly (string | number)[]): number {
  let hash = 0x811c9dc5;
  for (const unit of parts.join("\u0000")) hash = Math.imul(hash ^ unit.codePointAt(0)!, 0x01000193);
  return hash >>> 0;
}

/** The seeds of a patient by a number, which is no protection: all of its 2^32 values are tried in minutes. */
export function seedsOfNumber(seed: number, patientKey: string): DrawSeeds {
  const own = seedOf(mulberry32(seed).int(2 ** 31), patientKey);
  return (...parts) => (parts.length === 0 ? own : seedOf(own, ...parts));
}
