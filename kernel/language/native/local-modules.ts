/** Which local modules the compiler has read, and which of them have changed since. */
import { stat } from "node:fs/promises";

/** Files whose changes the compiler has to be told of. */
export interface LocalModules {
  /** Adds files; those known already keep the time at which they were read. */
  add(files: readonly string[]): Promise<void>;
  /** The files that were changed, made or removed since they were added or last asked about. */
  changed(): Promise<string[]>;
}

/** No files yet. */
export function createLocalModules(): LocalModules {
  const times = new Map<string, number>();
  return {
    async add(files) {
      for (const file of files) if (!times.has(file)) times.set(file, await modifiedAt(file));
    },
    async changed() {
      const found: string[] = [];
      for (const [file, before] of times) {
        const now = await modifiedAt(file);
        if (now !== before) found.push(file);
        times.set(file, now);
      }
      return found;
    },
  };
}

/** Milliseconds since the epoch; 0 for a file that is not there. */
async function modifiedAt(file: string): Promise<number> {
  return (await stat(file).catch(() => undefined))?.mtimeMs ?? 0;
}
