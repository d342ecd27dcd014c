/** The types of the GGUF file format, version 3: metadata values, tensors and their element types. */
import { ResidencyError } from "../errors.ts";

/** The number types of metadata that a JavaScript number holds, by their number in a file. */
export const ggufNumberTypes = {
  uint8: 0,
  int8: 1,
  uint16: 2,
  int16: 3,
  uint32: 4,
  int32: 5,
  float32: 6,
  float64: 12,
} as const;

/** The numbers of all metadata types in a file. */
export const ggufValueTypes = {
  ...ggufNumberTypes,
  bool: 7,
  string: 8,
  array: 9,
  uint64: 10,
  int64: 11,
} as const;

/** A metadata type that a JavaScript number holds. */
export type GgufNumberType = keyof typeof ggufNumberTypes;

/** A metadata value that is no array. */
export type GgufScalar =
  | { type: GgufNumberType; value: number }
  | { type: "uint64" | "int64"; value: bigint }
  | { type: "bool"; value: boolean }
  | { type: "string"; value: string };

/** The bytes that a scalar of each type takes, but for strings. */
export const ggufScalarBytes: Readonly<Record<Exclude<GgufScalar["type"], "string">, number>> = {
  uint8: 1,
  int8: 1,
  bool: 1,
  uint16: 2,
  int16: 2,
  uint32: 4,
  int32: 4,
  float32: 4,
  uint64: 8,
  int64: 8,
  float64: 8,
};

/** An array of values of one type; arrays of arrays are not supported, as in llama.cpp. */
export type GgufArray =
  | { type: "array"; itemType: GgufNumberType; value: readonly number[] }
  | { type: "array"; itemType: "uint64" | "int64"; value: readonly bigint[] }
  | { type: "array"; itemType: "bool"; value: readonly boolean[] }
  | { type: "array"; itemType: "string"; value: readonly string[] };

/** A metadata value with its type. */
export type GgufValue = GgufScalar | GgufArray;

/** Metadata by key, such as `general.architecture`, in the order of the file. */
export type GgufMetadata = ReadonlyMap<string, GgufValue>;

/** Element types of tensors: number in a file, elements a block, bytes a block. */
export const ggufTensorTypes = {
  F32: { id: 0, blockSize: 1, blockBytes: 4 },
  F16: { id: 1, blockSize: 1, blockBytes: 2 },
  Q4_0: { id: 2, blockSize: 32, blockBytes: 18 },
  Q4_1: { id: 3, blockSize: 32, blockBytes: 20 },
  Q5_0: { id: 6, blockSize: 32, blockBytes: 22 },
  Q5_1: { id: 7, blockSize: 32, blockBytes: 24 },
  Q8_0: { id: 8, blockSize: 32, blockBytes: 34 },
  Q2_K: { id: 10, blockSize: 256, blockBytes: 84 },
  Q3_K: { id: 11, blockSize: 256, blockBytes: 110 },
  Q4_K: { id: 12, blockSize: 256, blockBytes: 144 },
  Q5_K: { id: 13, blockSize: 256, blockBytes: 176 },
  Q6_K: { id: 14, blockSize: 256, blockBytes: 210 },
  I8: { id: 24, blockSize: 1, blockBytes: 1 },
  I16: { id: 25, blockSize: 1, blockBytes: 2 },
  I32: { id: 26, blockSize: 1, blockBytes: 4 },
  I64: { id: 27, blockSize: 1, blockBytes: 8 },
  F64: { id: 28, blockSize: 1, blockBytes: 8 },
  BF16: { id: 30, blockSize: 1, blockBytes: 2 },
} as const;

/** The name of a tensor's element type, as ggml has it. */
export type GgufTensorType = keyof typeof ggufTensorTypes;

/** A tensor's name, type and shape; the last extent is that of neighbours in memory, as in PyTorch. */
export interface GgufTensorInfo {
  name: string;
  type: GgufTensorType;
  shape: readonly number[];
}

/** Where a tensor's bytes lie, counted from the start of the file's data section. */
export interface GgufTensorEntry extends GgufTensorInfo {
  offset: number;
  byteLength: number;
}

/** What stands before the tensors' bytes; `dataStart` is the data section's place in the file. */
export interface GgufHeader {
  version: number;
  metadata: Map<string, GgufValue>;
  tensors: Map<string, GgufTensorEntry>;
  alignment: number;
  dataStart: number;
}

/** Tensors start at multiples of this unless `general.alignment` says otherwise. */
const defaultGgufAlignment = 32;

/** ggml's limits: extents a tensor has, and bytes of a tensor's name. */
export const mostGgufExtents = 4;
export const longestGgufName = 64;

/** An error with the code E_GGUF. */
export function invalidGguf(what: string, options?: ErrorOptions): ResidencyError {
  return new ResidencyError("E_GGUF", `Cannot use the GGUF file: ${what}`, options);
}

/** The next multiple of `alignment`. */
export function alignUp(offset: number, alignment: number): number {
  return Math.ceil(offset / alignment) * alignment;
}

/**
 * Where tensors start: at multiples of a power of two. 2^16 is far above any that is in use.
 *
 * @throws ResidencyError E_GGUF when `general.alignment` is no such number.
 */
export function ggufAlignment(metadata: GgufMetadata): number {
  const entry = metadata.get("general.alignment");
  if (!entry) return defaultGgufAlignment;
  if (entry.type !== "uint32" || !/^10*$/.test(entry.value.toString(2)) || entry.value > 65536) {
    throw invalidGguf(
      `general.alignment is ${String(entry.value)}; a power of two up to 65536 as uint32 is allowed`,
    );
  }
  return entry.value;
}

/**
 * The bytes that a tensor takes.
 *
 * @throws ResidencyError E_GGUF when its rows are no whole number of blocks, or it is larger than any file.
 */
export function ggufByteLength({ name, type, shape }: GgufTensorInfo): number {
  const { blockSize, blockBytes } = ggufTensorTypes[type];
  const row = shape.at(-1);
  if (row === undefined || row % blockSize !== 0) {
    throw invalidGguf(
      `tensor "${name}" of shape [${shape.join(", ")}] cannot be of type ${type}, whose rows are multiples of ${blockSize} long`,
    );
  }
  const bytes = (shape.reduce((size, extent) => size * extent, 1) / blockSize) * blockBytes;
  if (!Number.isSafeInteger(bytes)) {
    throw invalidGguf(`tensor "${name}" of shape [${shape.join(", ")}] is larger than any file`);
  }
  return bytes;
}
