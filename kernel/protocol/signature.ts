/** The HMAC-SHA256 signature over a message's four JSON frames. */
import { createHmac, timingSafeEqual } from "node:crypto";

/** Signs outgoing frames and checks incoming ones; the key never leaves it. */
export interface Signer {
  /** The digest of the frames as lower-case hexadecimal text, empty when the key is empty. */
  sign(frames: readonly Buffer[]): string;
  /** Whether the signature frame fits the frames, compared in constant time. */
  verify(signature: Buffer, frames: readonly Buffer[]): boolean;
}

/** A signer for the connection file's `key`; with an empty key every message is accepted. */
export function createSigner(key: string): Signer {
  const digest = (frames: readonly Buffer[]): string => {
    const hmac = createHmac("sha256", key);
    for (const frame of frames) hmac.update(frame);
    return hmac.digest("hex");
  };
  return {
    sign: (frames) => (key === "" ? "" : digest(frames)),
    verify(signature, frames) {
      if (key === "") return true;
      const expected = Buffer.from(digest(frames), "latin1");
      return signature.length === expected.length && timingSafeEqual(signature, expected);
    },
  };
}
