/** Where checkpoints are kept: what training needs of a disk, so that a browser can give another place. */

/** A checkpoint that is being written; nobody sees it before it is whole. */
export interface CheckpointDraft {
  /** Where `savePretrained` writes the model to. */
  readonly folder: string;
  /** Adds a file. */
  write(file: string, content: Uint8Array | string): Promise<void>;
  /** Bytes of a file that was written; undefined when there is none of this name. */
  sizeOf(file: string): number | undefined;
  /** The bytes from `begin` to `end` of a file that was written. */
  read(file: string, begin: number, end: number): Promise<Uint8Array>;
}

/** A checkpoint whose every file is what was written. */
export interface StoredCheckpoint {
  readonly name: string;
  readonly files: ReadonlySet<string>;
  /** Bytes of a file. */
  sizeOf(file: string): number;
  /** A whole file, or its bytes from `begin` to `end`. */
  read(file: string, begin?: number, end?: number): Promise<Uint8Array>;
}

/** A place for the checkpoints of one run, each under a name such as `checkpoint-20`. */
export interface CheckpointStore {
  /** The place as messages name it, such as a folder. */
  readonly place: string;
  /** A checkpoint's name with its place, as `resumeFromCheckpoint` takes it. */
  pathOf(name: string): string;
  /** The whole checkpoints, oldest first; `incomplete` are folders of such a name that lack the list of their files. */
  list(): Promise<{ complete: string[]; incomplete: string[] }>;
  /**
   * Writes a checkpoint, whole or not at all; one of the same name is replaced in the last moment.
   *
   * @throws ResidencyError E_SAVE when there is no room or no right to write; what was there before is still there.
   */
  write(name: string, fill: (draft: CheckpointDraft) => Promise<void>): Promise<void>;
  /**
   * Opens a checkpoint after comparing every file with what was written.
   *
   * @throws ResidencyError E_CHECKPOINT saying which file is not what it was.
   */
  open(name: string): Promise<StoredCheckpoint>;
  /** Removes a checkpoint; a half-removed one is none. */
  remove(name: string): Promise<void>;
  /**
   * Keeps other runs from writing here until the function that it gives is called, and clears away what a run that was
   * killed has left half-written.
   *
   * @throws ResidencyError E_CHECKPOINT when another run that is alive writes here; E_SAVE as {@link CheckpointStore.write}.
   */
  claim(): Promise<() => Promise<void>>;
}

/**
 * The step of a checkpoint's name; undefined for other names.
 *
 * @example
 * stepOfName("checkpoint-500"); // → 500
 */
export function stepOfName(name: string): number | undefined {
  const digits = /^checkpoint-(\d{1,15})$/.exec(name)?.[1];
  return digits === undefined ? undefined : Number(digits);
}
