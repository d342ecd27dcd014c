/** Checkpoint folders on disk: reads tensors one at a time, writes files so that a crash leaves the old or the new one. */
import { ResidencyError } from "../errors.ts";
import { assetsFolder, fs, path } from "../files/index.ts";
import { headerLength, parseHeader, toFloat32, type StoredType, type TensorEntry } from "../formats/index.ts";

/** A tensor read from a file. */
export interface StoredTensor {
  readonly shape: readonly number[];
  readonly dtype: StoredType;
  /** As they stand in the file. */
  readonly bytes: Uint8Array;
  /** In float32; asking for them throws E_SAFETENSORS when the type is not a floating-point one. */
  readonly values: Float32Array;
}

function storedTensor({ shape, dtype }: TensorEntry, bytes: Uint8Array): StoredTensor {
  return {
    shape,
    dtype,
    bytes,
    get values() {
      return toFloat32(bytes, dtype);
    },
  };
}

/**
 * The path of a file or folder that ships with the package, wherever a notebook runs.
 *
 * @example
 * assetPath("corpus", "train.jsonl.gz");
 */
export function assetPath(...segments: string[]): string {
  return path.join(assetsFolder(), ...segments);
}

/**
 * Writes a file beside its destination, flushes it, and renames it into place.
 *
 * The temporary file is in the same folder because a rename is atomic only within one file system.
 *
 * @example
 * writeFileAtomically("out/note.txt", "written whole or not at all\n");
 */
export function writeFileAtomically(file: string, content: Uint8Array | string): void {
  fs.mkdirSync(path.dirname(file), { recursive: true });
  const temporary = `${file}.${crypto.randomUUID()}.tmp`;
  try {
    const handle = fs.openSync(temporary, "wx");
    try {
      fs.writeFileSync(handle, content);
      fs.fsyncSync(handle);
    } finally {
      fs.closeSync(handle);
    }
    fs.renameSync(temporary, file);
  } catch (error) {
    fs.rmSync(temporary, { force: true });
    throw error;
  }
}

/**
 * Reads a JSON file of a checkpoint folder.
 *
 * @throws ResidencyError E_CHECKPOINT when it is missing or not a JSON object.
 * @example
 * readJsonFile("assets/intern/config.json")["hidden_size"]; // → 256
 */
export function readJsonFile(file: string): Record<string, unknown> {
  let parsed: unknown;
  try {
    parsed = JSON.parse(fs.readFileSync(file, "utf8"));
  } catch (cause) {
    const missing = (cause as NodeJS.ErrnoException).code === "ENOENT";
    throw new ResidencyError(
      "E_CHECKPOINT",
      `Cannot read ${file}: ${missing ? "there is no such file" : "it is not JSON"}`,
      {
        cause,
      },
    );
  }
  if (typeof parsed !== "object" || parsed === null || Array.isArray(parsed)) {
    throw new ResidencyError("E_CHECKPOINT", `Cannot read ${file}: it is not a JSON object`);
  }
  return parsed as Record<string, unknown>;
}

function readExactly(handle: number, position: number, length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  let filled = 0;
  while (filled < length) {
    const count = fs.readSync(handle, bytes, filled, length - filled, position + filled);
    if (count === 0)
      throw new ResidencyError("E_SAFETENSORS", "Cannot read the safetensors file: it ended too early");
    filled += count;
  }
  return bytes;
}

/**
 * The tensors of one safetensors file, each read when it is asked for, so that one tensor is in memory at a time.
 *
 * @throws ResidencyError E_SAFETENSORS when the file is not valid; nothing of it is allocated before the header is checked.
 * @example
 * for (const [name, { shape, dtype }] of readSafetensorsFile("assets/intern/model.safetensors")) {
 *   console.log(name, shape, dtype);
 * }
 */
export function* readSafetensorsFile(file: string): Generator<[string, StoredTensor]> {
  const handle = fs.openSync(file, "r");
  try {
    const { size } = fs.fstatSync(handle);
    const length = headerLength(readExactly(handle, 0, Math.min(8, size)));
    if (8 + length > size) {
      throw new ResidencyError(
        "E_SAFETENSORS",
        `Cannot read the safetensors file: its header claims ${length} bytes, and the file has ${size}`,
      );
    }
    const header = parseHeader(readExactly(handle, 8, length), size - 8 - length);
    for (const [name, entry] of header.tensors) {
      const bytes = readExactly(handle, header.dataStart + entry.begin, entry.end - entry.begin);
      yield [name, storedTensor(entry, bytes)];
    }
  } finally {
    fs.closeSync(handle);
  }
}

/** The shard files that an index names, each a plain file name inside the folder. */
export function shardsOf(index: Record<string, unknown>, indexFile: string): string[] {
  const weightMap = index["weight_map"];
  const names = typeof weightMap === "object" && weightMap !== null ? Object.values(weightMap) : [];
  const shards = [...new Set(names)];
  for (const shard of shards) {
    if (typeof shard !== "string" || path.basename(shard) !== shard || shard.startsWith(".")) {
      throw new ResidencyError(
        "E_CHECKPOINT",
        `Cannot use ${indexFile}: ${JSON.stringify(shard)} is not a file name of its folder`,
      );
    }
  }
  return shards as string[];
}

/**
 * All tensors of a model folder, from `model.safetensors` or the shards of `model.safetensors.index.json`.
 *
 * @throws ResidencyError E_CHECKPOINT when neither exists or a shard is missing.
 * @example
 * const names = [...readCheckpoint("assets/intern")].map(([name]) => name);
 * names.length; // → 56
 */
export function* readCheckpoint(folder: string): Generator<[string, StoredTensor]> {
  const single = path.join(folder, "model.safetensors");
  const indexFile = path.join(folder, "model.safetensors.index.json");
  if (!fs.existsSync(single) && !fs.existsSync(indexFile)) {
    throw new ResidencyError(
      "E_CHECKPOINT",
      `Cannot load ${folder}: it has no model.safetensors and no index of shards`,
    );
  }
  const files = fs.existsSync(single)
    ? [single]
    : shardsOf(readJsonFile(indexFile), indexFile).map((shard) => path.join(folder, shard));
  for (const file of files) {
    if (!fs.existsSync(file)) {
      throw new ResidencyError("E_CHECKPOINT", `Cannot load ${folder}: ${path.basename(file)} is missing`);
    }
    yield* readSafetensorsFile(file);
  }
}
