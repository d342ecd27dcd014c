/** The history of a user's sessions: a file of JSON lines to which every kernel appends. */
import { randomBytes } from "node:crypto";
import { mkdir, open, readFile, rename, rm, stat } from "node:fs/promises";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { userDataFolder } from "../install/places.ts";
import { isJsonObject } from "../protocol/index.ts";

/** An input of some session, as a line of the file holds it. */
export interface StoredInput {
  session: string;
  line: number;
  code: string;
}

/** The part of a history that outlives its kernel; nothing of it ever throws or makes a cell wait. */
export interface HistoryFile {
  /** How the lines of this session are marked. */
  readonly session: string;
  add(line: number, code: string): void;
  /** Everything that is kept, oldest first, of other sessions and of this one. */
  read(): Promise<StoredInput[]>;
  /** Resolves when all is written, or after a moment where the disk does not answer. */
  close(): Promise<void>;
}

/** Settings of `openHistoryFile`. */
export interface HistoryFileOptions {
  file: string;
  log: (text: string) => void;
  /** A file that has grown to so many bytes is set aside, in place of the one that was set aside before. */
  maxBytes?: number;
  /** How long inputs are gathered before they are written, in milliseconds (default 100). */
  delayMs?: number;
}

const defaultMaxBytes = 2_000_000;
const maxCodeCharacters = 100_000;
const maxWaiting = 1000;
const closeMs = 500;
const staleLockMs = 60_000;

/** The file that RESIDENCY_HISTORY names, the user's own where it is not set, none where it is empty or "off". */
export function historyFilePath(): string | undefined {
  const named = process.env["RESIDENCY_HISTORY"]?.trim();
  if (named === undefined) return path.join(userDataFolder(), "residency", "history.jsonl");
  return named === "" || named.toLowerCase() === "off" ? undefined : path.resolve(named);
}

/** The history in a file, which is touched when there is something to write or to read, and not before. */
export function openHistoryFile(options: HistoryFileOptions): HistoryFile {
  const { file, log, maxBytes = defaultMaxBytes, delayMs = 100 } = options;
  const session = randomBytes(6).toString("base64url");
  let waiting: string[] = [];
  let timer: NodeJS.Timeout | undefined;
  let writing: Promise<void> | undefined;
  let hasFailed = false;

  const writeAll = async (): Promise<void> => {
    while (waiting.length > 0) {
      const text = waiting.join("");
      waiting = [];
      try {
        await append(file, text, maxBytes);
      } catch (error) {
        // A full disk may have room again later, but one line in the log is enough.
        if (!hasFailed)
          log(`the history is not kept: ${error instanceof Error ? error.message : String(error)}`);
        hasFailed = true;
      }
    }
  };
  const write = (): void => {
    timer = undefined;
    writing ??= writeAll().finally(() => (writing = undefined));
  };
  return {
    session,
    add(line, code) {
      if (code.length > maxCodeCharacters || waiting.length >= maxWaiting) return;
      // The line break comes first, so that a line that another kernel could not finish spoils this one not.
      waiting.push(`\n${JSON.stringify({ session, line, time: new Date().toISOString(), code })}`);
      timer ??= setTimeout(write, delayMs).unref();
    },
    async read() {
      const texts = [await readRegular(asideOf(file), maxBytes), await readRegular(file, maxBytes)];
      return texts.join("\n").split("\n").flatMap(parseLine);
    },
    async close() {
      clearTimeout(timer);
      write();
      await Promise.race([writing, sleep(closeMs, undefined, { ref: false })]);
    },
  };
}

/** Where a file that has grown too large goes. */
function asideOf(file: string): string {
  return `${file}.1`;
}

async function append(file: string, text: string, maxBytes: number): Promise<void> {
  const found = await stat(file).catch(() => undefined);
  // A pipe in place of the file would wait for ever.
  if (found && !found.isFile()) throw new Error(`${file} is not a file`);
  if (!found) await mkdir(path.dirname(file), { recursive: true, mode: 0o700 });
  const handle = await open(file, "a", 0o600);
  let size: number;
  try {
    const { mode, size: before } = await handle.stat();
    if ((mode & 0o077) !== 0 && process.platform !== "win32") await handle.chmod(0o600);
    await handle.write(text);
    size = before + Buffer.byteLength(text);
  } finally {
    await handle.close();
  }
  if (size >= maxBytes) await setAside(file, maxBytes);
}

/** Of several kernels that see a large file only one may rename it: a second would put a new file in place of the large one. */
async function setAside(file: string, maxBytes: number): Promise<void> {
  const lock = `${file}.lock`;
  const handle = await open(lock, "wx", 0o600).catch(() => undefined);
  if (!handle) {
    const { mtimeMs } = await stat(lock).catch(() => ({ mtimeMs: Infinity }));
    // Whoever made it has died; the next cell tries again.
    if (Date.now() - mtimeMs > staleLockMs) await rm(lock, { force: true });
    return;
  }
  try {
    if ((await stat(file)).size >= maxBytes) await rename(file, asideOf(file));
  } finally {
    await handle.close();
    await rm(lock, { force: true });
  }
}

/** The text of a file, empty where there is none; of one that is far too large nothing, since no kernel wrote it. */
async function readRegular(file: string, maxBytes: number): Promise<string> {
  const found = await stat(file).catch(() => undefined);
  if (!found?.isFile() || found.size > 10 * maxBytes) return "";
  return readFile(file, "utf8").catch(() => "");
}

/** A line that is broken, or no input, is left out. */
function parseLine(text: string): StoredInput[] {
  if (text === "") return [];
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return [];
  }
  if (!isJsonObject(value)) return [];
  const { session, line, code } = value;
  if (typeof session !== "string" || typeof code !== "string") return [];
  return typeof line === "number" && Number.isSafeInteger(line) ? [{ session, line, code }] : [];
}
