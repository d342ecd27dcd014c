/** A GGUF file that was written, read back with its values. */
import fs from "node:fs";
import { decodeGgufTensor, parseGguf, type GgufHeader } from "../../lib/formats/index.ts";

/** A header, and the values of a tensor by its name. */
export interface ReadGguf extends GgufHeader {
  values(name: string): Float32Array;
}

/** Reads all of `file`. */
export function readGguf(file: string): ReadGguf {
  const bytes = new Uint8Array(fs.readFileSync(file));
  const header = parseGguf(bytes);
  return {
    ...header,
    values: (name) => {
      const { offset, byteLength, type } = header.tensors.get(name)!;
      const start = header.dataStart + offset;
      return decodeGgufTensor(bytes.subarray(start, start + byteLength), type);
    },
  };
}
