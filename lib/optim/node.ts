/** Pages of an optimiser's state in a file, for states that neither the backend nor the host has memory for. */
import { ResidencyError } from "../errors.ts";
import { fs } from "../files/index.ts";
import type { PageValues, StatePages } from "./pages.ts";

/** Where a page lies in the file. */
interface Place {
  offset: number;
  length: number;
  isWhole: boolean;
}

const bytesOf = ({ buffer, byteOffset, byteLength }: PageValues): Uint8Array =>
  new Uint8Array(buffer, byteOffset, byteLength);

/**
 * Pages in one file, which is made anew and removed when the optimiser is disposed of; only one page is in memory. The file
 * grows to the size of the whole state.
 *
 * @throws ResidencyError E_CONFIG when the file exists or cannot be made.
 * @example
 * const pages = filePages("adamw.pages");
 * pages.write("weight.mean", new Float32Array([1, 2]));
 * pages.read("weight.mean"); // → [1, 2]
 * pages.dispose();
 */
export function filePages(path: string): StatePages {
  let file: number | undefined;
  let end = 0;
  const places = new Map<string, Place>();
  const open = (): number => {
    try {
      // "wx+": a file that somebody else has is not written over.
      return (file ??= fs.openSync(path, "wx+", 0o600));
    } catch (error) {
      throw new ResidencyError(
        "E_CONFIG",
        `Cannot page the state of an optimiser to ${path}: ${(error as Error).message}. Name a file that does not exist, in a ` +
          "folder that does",
        { cause: error },
      );
    }
  };
  open();
  return {
    write(key, values) {
      const place = places.get(key) ?? {
        offset: end,
        length: values.length,
        isWhole: values instanceof Int32Array,
      };
      if (!places.has(key)) end += values.byteLength;
      places.set(key, place);
      const bytes = bytesOf(values);
      for (let done = 0; done < bytes.length;) {
        done += fs.writeSync(open(), bytes, done, bytes.length - done, place.offset + done);
      }
    },
    read(key) {
      const { offset, length, isWhole } = places.get(key)!;
      const values = isWhole ? new Int32Array(length) : new Float32Array(length);
      const bytes = bytesOf(values);
      for (let done = 0; done < bytes.length;) {
        const count = fs.readSync(open(), bytes, done, bytes.length - done, offset + done);
        if (count === 0) {
          throw new ResidencyError(
            "E_CHECKPOINT",
            `Cannot read the page ${key} of an optimiser's state from ${path}: the file ends at ${offset + done}; something else ` +
              "has changed it",
          );
        }
        done += count;
      }
      return values;
    },
    dispose() {
      if (file !== undefined) {
        fs.closeSync(file);
        fs.rmSync(path, { force: true });
      }
      file = undefined;
      places.clear();
      end = 0;
    },
  };
}
