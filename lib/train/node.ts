/** Checkpoints as folders on a disk: written whole or not at all, and compared with what was written before they are read. */
import { ResidencyError } from "../errors.ts";
import { createHash, fs, host, path } from "../files/index.ts";
import {
  stepOfName,
  type CheckpointDraft,
  type CheckpointStore,
  type StoredCheckpoint,
} from "./checkpoint-store.ts";
import { parseManifest, type FileRecord } from "./manifest.ts";
import { cannotWrite } from "./write-error.ts";

/** The file that lists the others; it is written last. */
const manifestName = "residency_checkpoint.json";

/** What is being written or removed has a name that no checkpoint has; the process that does it is in it. */
const hiddenName = /^\.(checkpoint-\d+)\.(draft|removed|replaced)\.(\d+)-[0-9a-f-]{36}$/;

const hidden = (name: string, kind: "draft" | "removed" | "replaced"): string =>
  `.${name}.${kind}.${host.processId}-${crypto.randomUUID()}`;

function flush(file: string): void {
  const isFolder = fs.statSync(file).isDirectory();
  // Windows knows no flushing of folders.
  if (isFolder && host.platform === "win32") return;
  const handle = fs.openSync(file, isFolder || host.platform !== "win32" ? "r" : "r+");
  try {
    fs.fsyncSync(handle);
  } finally {
    fs.closeSync(handle);
  }
}

function readRange(file: string, begin: number, end: number): Uint8Array {
  const handle = fs.openSync(file, "r");
  try {
    const bytes = new Uint8Array(Math.max(0, Math.min(end, fs.fstatSync(handle).size) - begin));
    let filled = 0;
    while (filled < bytes.length) {
      const count = fs.readSync(handle, bytes, filled, bytes.length - filled, begin + filled);
      if (count === 0) break;
      filled += count;
    }
    return bytes.subarray(0, filled);
  } finally {
    fs.closeSync(handle);
  }
}

/** Size and hash, read in pieces so that a large file is never held. */
function recordOf(file: string): FileRecord {
  const hash = createHash("sha256");
  const { size } = fs.statSync(file);
  const piece = 1 << 22;
  for (let at = 0; at < size; at += piece) hash.update(readRange(file, at, at + piece));
  return { bytes: size, sha256: hash.digest("hex") };
}

/** Removes what dead processes have left, and puts back what one was about to replace. */
function clearAway(folder: string): void {
  for (const entry of fs.existsSync(folder) ? fs.readdirSync(folder) : []) {
    const [, name, kind, pid] = hiddenName.exec(entry) ?? [];
    if (name === undefined || (Number(pid) !== host.processId && host.isAlive(Number(pid)))) continue;
    const from = path.join(folder, entry);
    const to = path.join(folder, name);
    if (kind === "replaced" && !fs.existsSync(to)) fs.renameSync(from, to);
    else fs.rmSync(from, { recursive: true, force: true });
  }
}

const lockName = ".residency-training.lock";

/** The folders that runs of this process write to. */
const claimed = new Set<string>();

/** The process of this machine that writes to a folder; a run whose process was killed does not. */
function writerOf(folder: string): number | undefined {
  if (claimed.has(path.resolve(folder))) return host.processId;
  const file = path.join(folder, lockName);
  try {
    // After a start of the system its number may be that of any process.
    if (fs.statSync(file).mtimeMs < host.startedAt) return undefined;
    const owner = JSON.parse(fs.readFileSync(file, "utf8")) as { pid?: unknown; host?: unknown };
    const { pid } = owner;
    const isOther = typeof pid === "number" && pid !== host.processId && owner.host === host.hostName;
    return isOther && host.isAlive(pid) ? pid : undefined;
  } catch {
    return undefined;
  }
}

/**
 * A folder of checkpoints.
 *
 * @example
 * const store = folderCheckpointStore("out/checkpoints");
 * await store.write("checkpoint-1", (draft) => draft.write("state.json", "{}"));
 * (await store.list()).complete; // → ["checkpoint-1"]
 */
export function folderCheckpointStore(relative: string): CheckpointStore {
  const folder = path.resolve(relative);
  const within = (...names: string[]): string => path.join(folder, ...names);
  return {
    place: folder,
    pathOf: (name) => within(name),

    list() {
      const names = fs.existsSync(folder)
        ? fs
            .readdirSync(folder)
            .filter((name) => stepOfName(name) !== undefined && fs.statSync(within(name)).isDirectory())
            .sort((a, b) => stepOfName(a)! - stepOfName(b)!)
        : [];
      const isComplete = (name: string): boolean => fs.existsSync(within(name, manifestName));
      return Promise.resolve({
        complete: names.filter(isComplete),
        incomplete: names.filter((name) => !isComplete(name)),
      });
    },

    async write(name, fill) {
      const draft = within(hidden(name, "draft"));
      try {
        fs.mkdirSync(draft, { recursive: true });
        await fill(draftIn(draft));
        sealDraft(draft);
        putInPlace(draft, within(name), within(hidden(name, "replaced")));
      } catch (error) {
        fs.rmSync(draft, { recursive: true, force: true });
        if (error instanceof ResidencyError) throw error;
        if (typeof (error as NodeJS.ErrnoException).code === "string") throw cannotWrite(folder, error);
        throw error;
      }
    },

    open: (name) => Promise.resolve(openFolder(folder, name)),

    remove(name) {
      const doomed = within(hidden(name, "removed"));
      if (fs.existsSync(within(name))) {
        fs.renameSync(within(name), doomed);
        fs.rmSync(doomed, { recursive: true, force: true });
      }
      return Promise.resolve();
    },

    claim() {
      const lock = within(lockName);
      try {
        fs.mkdirSync(folder, { recursive: true });
        const writer = writerOf(folder);
        if (writer !== undefined) {
          throw new ResidencyError(
            "E_CHECKPOINT",
            `Cannot train into ${folder}: the process ${writer} does; wait for it, choose another outputDir, or remove ` +
              `${lock} if that process trains nothing`,
          );
        }
        fs.writeFileSync(lock, JSON.stringify({ pid: host.processId, host: host.hostName }));
        clearAway(folder);
        claimed.add(path.resolve(folder));
      } catch (error) {
        if (error instanceof ResidencyError) throw error;
        throw cannotWrite(folder, error);
      }
      return Promise.resolve(() => {
        claimed.delete(path.resolve(folder));
        fs.rmSync(lock, { force: true });
        return Promise.resolve();
      });
    },
  };
}

function draftIn(folder: string): CheckpointDraft {
  return {
    folder,
    write(file, content) {
      fs.writeFileSync(path.join(folder, file), content);
      return Promise.resolve();
    },
    sizeOf: (file) => fs.statSync(path.join(folder, file), { throwIfNoEntry: false })?.size,
    read: (file, begin, end) => Promise.resolve(readRange(path.join(folder, file), begin, end)),
  };
}

/** Puts every file onto the disk, and the list of them last. */
function sealDraft(draft: string): void {
  const files: Record<string, FileRecord> = {};
  const names = fs.readdirSync(draft, { recursive: true, encoding: "utf8" });
  for (const name of names.sort()) {
    const file = path.join(draft, name);
    flush(file);
    if (fs.statSync(file).isFile()) files[name.split(path.sep).join("/")] = recordOf(file);
  }
  const manifest = path.join(draft, manifestName);
  fs.writeFileSync(manifest, `${JSON.stringify({ format_version: 1, files }, null, 2)}\n`);
  flush(manifest);
  flush(draft);
}

function putInPlace(draft: string, place: string, replaced: string): void {
  const isReplaced = fs.existsSync(place);
  if (isReplaced) fs.renameSync(place, replaced);
  try {
    fs.renameSync(draft, place);
  } catch (error) {
    if (isReplaced) fs.renameSync(replaced, place);
    throw error;
  }
  flush(path.dirname(place));
  if (isReplaced) fs.rmSync(replaced, { recursive: true, force: true });
}

function openFolder(folder: string, name: string): StoredCheckpoint {
  const within = (...names: string[]): string => path.join(folder, name, ...names);
  const refuse = (reason: string, cause?: unknown): never => {
    throw new ResidencyError("E_CHECKPOINT", `Cannot use the checkpoint ${within()}: ${reason}`, { cause });
  };
  if (!fs.existsSync(within())) refuse("there is no such folder");
  if (!fs.existsSync(within(manifestName))) {
    refuse(`it has no ${manifestName}, so that it is no checkpoint of this library, or not a whole one`);
  }
  const files = parseManifest(fs.readFileSync(within(manifestName), "utf8"), refuse);
  for (const [file, expected] of files) {
    if (!fs.existsSync(within(file))) refuse(`${file} is missing`);
    const { bytes, sha256 } = recordOf(within(file));
    if (bytes !== expected.bytes)
      refuse(`${file} has ${bytes} bytes, and had ${expected.bytes} when it was saved`);
    if (sha256 !== expected.sha256) refuse(`${file} is not what it was when it was saved`);
  }
  return {
    name,
    files: new Set(files.keys()),
    sizeOf: (file) => files.get(file)?.bytes ?? 0,
    read(file, begin = 0, end = Infinity) {
      if (!files.has(file)) refuse(`it has no ${file}`);
      return Promise.resolve(readRange(within(file), begin, end));
    },
  };
}

/** The store and the name of a checkpoint's folder. */
export function checkpointAt(folder: string): { store: CheckpointStore; name: string } {
  const whole = path.resolve(folder);
  return { store: folderCheckpointStore(path.dirname(whole)), name: path.basename(whole) };
}
