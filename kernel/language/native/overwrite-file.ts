/** Writes a file that is there already, fast. */
import { closeSync, ftruncateSync, openSync, writeSync } from "node:fs";

/**
 * Replaces the text of an existing file in place.
 *
 * Emptying it first, as `writeFile` does, makes ext4 wait for the disk when the file is closed: 0.12 ms instead of 0.01,
 * and several on a busy disk.
 */
export function overwriteFile(file: string, text: string): void {
  const bytes = Buffer.from(text);
  const descriptor = openSync(file, "r+");
  try {
    for (let done = 0; done < bytes.length;) {
      done += writeSync(descriptor, bytes, done, bytes.length - done, done);
    }
    ftruncateSync(descriptor, bytes.length);
  } finally {
    closeSync(descriptor);
  }
}
