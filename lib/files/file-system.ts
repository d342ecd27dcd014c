/** The part of Node's interface to files that the library uses, so that a browser can have files in memory behind it. */

/** What is known of a file or folder. */
export interface FileStatus {
  /** In bytes. */
  size: number;
  /** When it was changed last, in milliseconds since 1970. */
  mtimeMs: number;
  isFile(): boolean;
  isDirectory(): boolean;
}

/** A name in a folder, with what it names. */
export interface FolderEntry {
  name: string;
  isFile(): boolean;
  isDirectory(): boolean;
}

/** An open file whose functions wait for the disk. */
export interface FileHandle {
  read(
    bytes: Uint8Array,
    offset: number,
    length: number,
    position: number | null,
  ): Promise<{ bytesRead: number }>;
  write(bytes: Uint8Array): Promise<unknown>;
  stat(): Promise<FileStatus>;
  sync(): Promise<void>;
  close(): Promise<void>;
}

/** Files and folders by their paths; each function does what Node's of the same name does, and throws errors with its codes. */
export interface FileSystem {
  existsSync(path: string): boolean;
  statSync(path: string): FileStatus;
  statSync(path: string, options: { throwIfNoEntry: false }): FileStatus | undefined;
  lstatSync(path: string): FileStatus;
  lstatSync(path: string, options: { throwIfNoEntry: false }): FileStatus | undefined;
  realpathSync(path: string): string;
  readFileSync(path: string): Uint8Array;
  readFileSync(path: string, encoding: "utf8"): string;
  writeFileSync(
    file: string | number,
    content: string | Uint8Array,
    options?: { flag?: "wx"; mode?: number },
  ): void;
  appendFileSync(path: string, content: string | Uint8Array): void;
  copyFileSync(from: string, to: string, mode?: number): void;
  renameSync(from: string, to: string): void;
  rmSync(path: string, options?: { force?: boolean; recursive?: boolean }): void;
  symlinkSync(target: string, path: string): void;
  utimesSync(path: string, accessed: Date, modified: Date): void;
  mkdirSync(path: string, options: { recursive: true }): unknown;
  mkdtempSync(prefix: string): string;
  cpSync(from: string, to: string, options: { recursive: true }): void;
  readdirSync(path: string, options?: { recursive: true; encoding: "utf8" }): string[];
  readdirSync(path: string, options: { withFileTypes: true }): FolderEntry[];
  openSync(path: string, flags: "r" | "r+" | "wx" | "wx+", mode?: number): number;
  closeSync(file: number): void;
  fstatSync(file: number): FileStatus;
  fsyncSync(file: number): void;
  readSync(file: number, bytes: Uint8Array, offset: number, length: number, position: number): number;
  writeSync(file: number, bytes: Uint8Array, offset?: number, length?: number, position?: number): number;
  createReadStream(path: string, options: { highWaterMark: number }): AsyncIterable<Uint8Array | string>;
  promises: {
    open(path: string, flags: "r" | "w" | "a"): Promise<FileHandle>;
    stat(path: string): Promise<FileStatus>;
    readFile(path: string): Promise<Uint8Array>;
    readFile(path: string, encoding: "utf8" | "base64"): Promise<string>;
    readdir(path: string, options: { recursive: true }): Promise<string[]>;
  };
}

/** Names of files and folders, joined and taken apart. */
export interface Paths {
  readonly sep: string;
  join(...parts: string[]): string;
  resolve(...parts: string[]): string;
  relative(from: string, to: string): string;
  dirname(path: string): string;
  basename(path: string): string;
}

/** What the library asks of the machine and the process that it runs in. */
export interface Host {
  /** Whether it is a browser, whose files lie in memory and end with the page. */
  readonly isBrowser: boolean;
  readonly platform: string;
  readonly processId: number;
  readonly hostName: string;
  readonly homeFolder: string;
  readonly temporaryFolder: string;
  /** When the system was started, in milliseconds since 1970. */
  readonly startedAt: number;
  /** Whether a process of this machine is there. */
  isAlive(processId: number): boolean;
  /** A variable of the environment; a browser has none. */
  environment(name: string): string | undefined;
  /** Does something again and again until the function that it gives is called; it keeps no process alive. */
  repeat(work: () => void, milliseconds: number): () => void;
}

/** A hash that takes its bytes in parts. */
export interface Hash {
  update(part: Uint8Array | string): Hash;
  digest(encoding: "hex"): string;
}
