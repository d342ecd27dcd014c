/** Texts as bytes, without Node's Buffer. */

/** A text in UTF-8; bytes stay as they are. */
export function bytesOf(content: string | Uint8Array): Uint8Array {
  return typeof content === "string" ? new TextEncoder().encode(content) : content;
}

/** Bytes in base64. */
export function bytesToBase64(bytes: Uint8Array): string {
  let binary = "";
  // A call takes a limited number of arguments.
  for (let at = 0; at < bytes.length; at += 8192) {
    binary += String.fromCharCode(...bytes.subarray(at, at + 8192));
  }
  return btoa(binary);
}
