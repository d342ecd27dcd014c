/** Where files lie: on the disk in Node, in memory in a browser. */
export type { FileHandle, FileStatus, FileSystem, FolderEntry, Hash, Host, Paths } from "./file-system.ts";
export { assetsFolder, createHash, fs, host, path } from "./node.ts";
