/** The HMAC-SHA256 signature over a message's four JSON frames. */
import { createHmac, timingSafeEqual } from "node:crypto";

/** Signs outgoing frames and checks incoming ones; the key never leaves it. */
export interface Signer {
  /** The digest of the frames as lower-case hexadecimal text, empty when the key is empty. */
  sign(frames: readonly (Buffer | string)[]): string;
  /** Whether the signature frame fits the frames, compared in constant time. */
  verify(signature: Buffer, frames: readonly Buffer[]): boolean;
}

/** Settings of `createSigner`. */
export interface SignerOptions {
  /** Refuse a signature that was accepted before: a message that somebody recorded and sends again (default false). */
  refuseRepeated?: boolean;
}

/** How many signatures are remembered. */
const maxRemembered = 16_384;

/** A signer for the connection file's `key`; with an empty key every message is accepted. */
export function createSigner(key: string, options: SignerOptions = {}): Signer {
  const accepted = new Set<string>();
  const digest = (frames: readonly (Buffer | string)[]): string => {
    const hmac = createHmac("sha256", key);
    for (const frame of frames) hmac.update(frame);
    return hmac.digest("hex");
  };
  return {
    sign: (frames) => (key === "" ? "" : digest(frames)),
    verify(signature, frames) {
      if (key === "") return true;
      const expected = digest(frames);
      const bytes = Buffer.from(expected, "latin1");
      if (signature.length !== bytes.length || !timingSafeEqual(signature, bytes)) return false;
      if (!options.refuseRepeated) return true;
      if (accepted.has(expected)) return false;
      accepted.add(expected);
      if (accepted.size > maxRemembered) accepted.delete(accepted.values().next().value ?? "");
      return true;
    },
  };
}
