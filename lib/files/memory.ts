/** Files in memory, with the functions and the error codes of Node's: what a browser's page reads and writes. */
import { resolve } from "pathe";
import { bytesOf, bytesToBase64 } from "./bytes.ts";
import type { FileHandle, FileStatus, FileSystem, FolderEntry } from "./file-system.ts";

/** One file; its bytes may be longer than it is, so that it can grow, and may be shared with a copy until one is written. */
interface StoredFile {
  bytes: Uint8Array<ArrayBuffer>;
  size: number;
  mtimeMs: number;
  isShared: boolean;
}

type Entry = StoredFile | "folder";
type Code = "ENOENT" | "EEXIST" | "EISDIR" | "ENOTDIR" | "EBADF" | "ENOTSUP" | "ENOTEMPTY";

const sayings: Record<Code, string> = {
  ENOENT: "no such file or folder",
  EEXIST: "it is there already",
  EISDIR: "it is a folder",
  ENOTDIR: "a part of the path is no folder",
  EBADF: "the file is closed",
  ENOTSUP: "files in memory have no links",
  ENOTEMPTY: "the folder is not empty",
};

const failure = (code: Code, path: string): Error & { code: Code } =>
  Object.assign(new Error(`${code}: ${sayings[code]}, '${path}'`), { code });

const statusOf = (entry: Entry): FileStatus => ({
  size: entry === "folder" ? 0 : entry.size,
  mtimeMs: entry === "folder" ? 0 : entry.mtimeMs,
  isFile: () => entry !== "folder",
  isDirectory: () => entry === "folder",
});

const emptyFile = (): StoredFile => ({
  bytes: new Uint8Array(0),
  size: 0,
  mtimeMs: Date.now(),
  isShared: false,
});

const parentOf = (path: string): string => path.slice(0, Math.max(1, path.lastIndexOf("/")));

/** Whether a path is an address on the web; such a file is fetched when it is first read. */
const isAddress = (path: string): boolean => /^(https?|blob|data):/.test(path);

/**
 * Files and folders in memory, empty at first.
 *
 * @param fetchBytes Fetches the content of an address, for the functions of `promises`.
 */
export function createMemoryFiles(fetchBytes: (address: string) => Promise<Uint8Array>): FileSystem {
  const entries = new Map<string, Entry>([["/", "folder"]]);
  const opened = new Map<number, StoredFile>();
  let nextFile = 3;
  let nextFolder = 0;

  const whole = (path: string): string => (isAddress(path) ? path : resolve("/", path));
  const entryAt = (path: string): Entry => {
    const entry = entries.get(whole(path));
    if (entry === undefined) throw failure("ENOENT", path);
    return entry;
  };
  const fileAt = (path: string): StoredFile => {
    const entry = entryAt(path);
    if (entry === "folder") throw failure("EISDIR", path);
    return entry;
  };
  const openedFile = (file: number): StoredFile => {
    const found = opened.get(file);
    if (!found) throw failure("EBADF", String(file));
    return found;
  };
  const create = (path: string, mayExist: boolean): StoredFile => {
    const place = whole(path);
    const before = entries.get(place);
    if (before === "folder") throw failure("EISDIR", path);
    if (before && !mayExist) throw failure("EEXIST", path);
    if (!isAddress(path) && entryAt(parentOf(place)) !== "folder") throw failure("ENOTDIR", path);
    const file = emptyFile();
    entries.set(place, file);
    return file;
  };
  const write = (file: StoredFile, bytes: Uint8Array, position: number): void => {
    const end = position + bytes.length;
    if (end > file.bytes.length || file.isShared) {
      // A file that grows does so by a quarter, so that many small parts cost no many copies.
      const grown = new Uint8Array(
        Math.max(end, file.size, file.size > 0 ? Math.ceil(file.bytes.length * 1.25) : 0),
      );
      grown.set(file.bytes.subarray(0, file.size));
      file.bytes = grown;
      file.isShared = false;
    }
    file.bytes.set(bytes, position);
    file.size = Math.max(file.size, end);
    file.mtimeMs = Date.now();
  };
  const read = (file: StoredFile, into: Uint8Array, offset: number, length: number, from: number): number => {
    const part = file.bytes.subarray(from, Math.min(file.size, from + length));
    into.set(part, offset);
    return part.length;
  };
  const contentOf = (file: StoredFile): Uint8Array<ArrayBuffer> => file.bytes.slice(0, file.size);
  const below = (folder: string): string[] => {
    const prefix = folder === "/" ? "/" : `${folder}/`;
    return [...entries.keys()].filter((path) => path.startsWith(prefix) && path !== folder).sort();
  };
  const makeFolders = (path: string): void => {
    const entry = entries.get(path);
    if (entry === "folder") return;
    if (entry) throw failure("EEXIST", path);
    makeFolders(parentOf(path));
    entries.set(path, "folder");
  };
  const copy = (from: string, to: string): void => {
    const file = fileAt(from);
    file.isShared = true;
    Object.assign(create(to, true), { bytes: file.bytes, size: file.size, isShared: true });
  };
  const bring = async (path: string): Promise<void> => {
    if (!isAddress(path) || entries.has(path)) return;
    const bytes = await fetchBytes(path);
    write(create(path, true), bytes, 0);
  };

  function readdirSync(path: string, options?: { recursive: true; encoding: "utf8" }): string[];
  function readdirSync(path: string, options: { withFileTypes: true }): FolderEntry[];
  function readdirSync(
    path: string,
    options: { recursive?: true; withFileTypes?: true } = {},
  ): string[] | FolderEntry[] {
    const folder = whole(path);
    if (entryAt(path) !== "folder") throw failure("ENOTDIR", path);
    const start = folder === "/" ? 1 : folder.length + 1;
    const names = below(folder).map((name) => name.slice(start));
    if (options.recursive) return names;
    const own = names.filter((name) => !name.includes("/"));
    if (!options.withFileTypes) return own;
    return own.map((name) => ({ name, ...statusOf(entryAt(`${folder}/${name}`)) }));
  }
  function statSync(path: string): FileStatus;
  function statSync(path: string, options: { throwIfNoEntry: false }): FileStatus | undefined;
  function statSync(path: string, options?: { throwIfNoEntry: false }): FileStatus | undefined {
    return options && !entries.has(whole(path)) ? undefined : statusOf(entryAt(path));
  }
  function readFileSync(path: string): Uint8Array;
  function readFileSync(path: string, encoding: "utf8"): string;
  function readFileSync(path: string, encoding?: "utf8"): Uint8Array | string {
    const content = contentOf(fileAt(path));
    return encoding ? new TextDecoder().decode(content) : content;
  }
  async function readFile(path: string): Promise<Uint8Array>;
  async function readFile(path: string, encoding: "utf8" | "base64"): Promise<string>;
  async function readFile(path: string, encoding?: "utf8" | "base64"): Promise<Uint8Array | string> {
    await bring(path);
    const content = contentOf(fileAt(path));
    if (encoding === undefined) return content;
    return encoding === "utf8" ? new TextDecoder().decode(content) : bytesToBase64(content);
  }

  const handleOf = (file: StoredFile): FileHandle => ({
    read: (bytes, offset, length, position) =>
      Promise.resolve({ bytesRead: read(file, bytes, offset, length, position ?? 0) }),
    write(bytes) {
      write(file, bytes, file.size);
      return Promise.resolve();
    },
    stat: () => Promise.resolve(statusOf(file)),
    sync: () => Promise.resolve(),
    close: () => Promise.resolve(),
  });

  return {
    existsSync: (path) => entries.has(whole(path)),
    statSync,
    lstatSync: statSync,
    realpathSync(path) {
      entryAt(path);
      return whole(path);
    },
    readFileSync,
    writeFileSync(file, content, { flag } = {}) {
      const target = typeof file === "number" ? openedFile(file) : create(file, flag !== "wx");
      write(target, bytesOf(content), 0);
    },
    appendFileSync(path, content) {
      const file = entries.has(whole(path)) ? fileAt(path) : create(path, true);
      write(file, bytesOf(content), file.size);
    },
    copyFileSync: copy,
    renameSync(from, to) {
      const entry = entryAt(from);
      const [source, target] = [whole(from), whole(to)];
      if (entries.get(parentOf(target)) !== "folder") throw failure("ENOENT", to);
      if (entry === "folder" && below(target).length > 0) throw failure("ENOTEMPTY", to);
      for (const path of [source, ...(entry === "folder" ? below(source) : [])]) {
        entries.set(target + path.slice(source.length), entries.get(path)!);
        entries.delete(path);
      }
    },
    rmSync(path, { force = false, recursive = false } = {}) {
      const place = whole(path);
      if (!entries.has(place) && force) return;
      if (entryAt(path) === "folder" && !recursive) throw failure("EISDIR", path);
      for (const inside of below(place)) entries.delete(inside);
      entries.delete(place);
    },
    symlinkSync(_target, path) {
      throw failure("ENOTSUP", path);
    },
    utimesSync(path, _accessed, modified) {
      fileAt(path).mtimeMs = modified.getTime();
    },
    mkdirSync: (path) => makeFolders(whole(path)),
    mkdtempSync(prefix) {
      const folder = `${prefix}${nextFolder++}`;
      makeFolders(whole(folder));
      return folder;
    },
    cpSync(from, to) {
      const [source, target] = [whole(from), whole(to)];
      makeFolders(target);
      for (const path of below(source)) {
        const place = target + path.slice(source.length);
        if (entries.get(path) === "folder") makeFolders(place);
        else copy(path, place);
      }
    },
    readdirSync,
    openSync(path, flags) {
      const file = flags === "r" || flags === "r+" ? entryAt(path) : create(path, false);
      // Flushing a folder begins with opening it.
      opened.set(nextFile, file === "folder" ? emptyFile() : file);
      return nextFile++;
    },
    closeSync(file) {
      openedFile(file);
      opened.delete(file);
    },
    fstatSync: (file) => statusOf(openedFile(file)),
    fsyncSync: (file) => void openedFile(file),
    readSync: (file, bytes, offset, length, position) =>
      read(openedFile(file), bytes, offset, length, position),
    writeSync(number, bytes, offset = 0, length = bytes.length - offset, position) {
      const file = openedFile(number);
      write(file, bytes.subarray(offset, offset + length), position ?? file.size);
      return length;
    },
    async *createReadStream(path, { highWaterMark }) {
      await bring(path);
      const file = fileAt(path);
      for (let at = 0; at < file.size; at += highWaterMark) {
        yield file.bytes.slice(at, Math.min(file.size, at + highWaterMark));
      }
    },
    promises: {
      async open(path, flags) {
        await bring(path);
        const isNew = flags === "w" || (flags === "a" && !entries.has(whole(path)));
        return handleOf(isNew ? create(path, true) : fileAt(path));
      },
      async stat(path) {
        await bring(path);
        return statSync(path);
      },
      readFile,
      readdir: (path) => Promise.resolve(readdirSync(path, { recursive: true, encoding: "utf8" })),
    },
  };
}
