/** The cache on disk, laid out as huggingface_hub lays it out, so that both share what they have fetched. */
import { ResidencyError } from "../../errors.ts";
import { fs, path } from "../../files/index.ts";
import { parseListing, type RepoListing, type RepoRevision } from "../api.ts";
import { checkFileName, checkRevision, isCommit, repoFolderName } from "../names.ts";

/** The folder of one repository in the cache: `blobs`, `refs` and `snapshots`. */
export interface RepoCache {
  root: string;
  folder: string;
}

/** Finds a repository's folder; nothing is created. */
export function repoCache(root: string, { type, id }: RepoRevision): RepoCache {
  return { root, folder: path.join(root, repoFolderName(type, id)) };
}

/** Gives back a path below the cache; throws E_HUB_INTEGRITY when a link leads out of it. */
function insideCache({ root }: RepoCache, target: string): string {
  if (!fs.existsSync(root)) return target;
  let existing = target;
  while (!fs.lstatSync(existing, { throwIfNoEntry: false })) existing = path.dirname(existing);
  const home = fs.realpathSync(root);
  // A link to nothing has no real path, and would be followed by what is written there.
  const real = fs.existsSync(existing) ? fs.realpathSync(existing) : "";
  if (real === home || real.startsWith(home + path.sep)) return target;
  throw new ResidencyError(
    "E_HUB_INTEGRITY",
    `Cannot use ${target}: a link leads from the cache to another place; remove the link`,
  );
}

/** Creates a folder of the cache; throws E_HUB_INTEGRITY when a link leads out of it. */
function makeFolder(cache: RepoCache, folder: string): string {
  fs.mkdirSync(insideCache(cache, folder), { recursive: true });
  return folder;
}

function replaceFile(cache: RepoCache, file: string, write: (temporary: string) => void): void {
  const temporary = path.join(makeFolder(cache, path.dirname(file)), `.${crypto.randomUUID()}.tmp`);
  try {
    write(temporary);
    fs.renameSync(temporary, file);
  } catch (error) {
    fs.rmSync(temporary, { force: true });
    throw error;
  }
}

/** The lock of one blob: not huggingface_hub's own, which the operating system holds, and Node cannot. */
export function lockFile({ root, folder }: RepoCache, etag: string): string {
  return path.join(root, ".locks", path.basename(folder), `${etag}.residency.lock`);
}

/** Where the content of a hash is, or shall be. */
export function blobFile(cache: RepoCache, etag: string): string {
  return path.join(makeFolder(cache, path.join(cache.folder, "blobs")), etag);
}

/** The folder of a commit's files. */
export function snapshotFolder(cache: RepoCache, commit: string): string {
  return path.join(cache.folder, "snapshots", commit);
}

/** The commit that a revision stood for when the hub was last asked. */
export function cachedCommit(cache: RepoCache, revision: string): string | undefined {
  if (isCommit(revision)) return revision;
  const file = path.join(cache.folder, "refs", ...checkRevision(revision).split("/"));
  if (!fs.existsSync(file)) return undefined;
  const commit = fs.readFileSync(insideCache(cache, file), "utf8").trim();
  return isCommit(commit) ? commit : undefined;
}

/** Keeps the commit that a revision stands for. */
export function saveCommit(cache: RepoCache, revision: string, commit: string): void {
  if (isCommit(revision) || cachedCommit(cache, revision) === commit) return;
  const file = path.join(cache.folder, "refs", ...checkRevision(revision).split("/"));
  replaceFile(cache, file, (temporary) => {
    fs.writeFileSync(temporary, commit);
  });
}

/** A file of a commit that is in the cache, with its content. */
export function cachedFile(cache: RepoCache, commit: string, file: string): string | undefined {
  const pointer = path.join(snapshotFolder(cache, commit), ...checkFileName(file).split("/"));
  return fs.existsSync(pointer) ? insideCache(cache, pointer) : undefined;
}

/** Puts a blob into a snapshot as a link, or as a copy where the file system has no links. */
export function linkIntoSnapshot(cache: RepoCache, commit: string, file: string, blob: string): string {
  const pointer = path.join(snapshotFolder(cache, commit), ...checkFileName(file).split("/"));
  replaceFile(cache, pointer, (temporary) => {
    try {
      fs.symlinkSync(path.relative(path.dirname(pointer), blob), temporary);
    } catch (error) {
      if (!["EPERM", "ENOSYS", "ENOTSUP", "EINVAL"].includes((error as NodeJS.ErrnoException).code ?? "")) {
        throw error;
      }
      fs.copyFileSync(blob, temporary);
    }
  });
  return pointer;
}

const listingFile = (cache: RepoCache, commit: string): string =>
  path.join(cache.folder, "listings", `${commit}.json`);

/** Keeps the list of a commit's files, so that an offline run knows what is missing. */
export function saveListing(cache: RepoCache, { commit, files, card }: RepoListing): void {
  const siblings = files.map((rfilename) => ({ rfilename }));
  replaceFile(cache, listingFile(cache, commit), (temporary) => {
    fs.writeFileSync(temporary, JSON.stringify({ sha: commit, siblings, cardData: card }));
  });
}

/** The list of a commit's files: as the hub gave it, else what the snapshot holds. */
export function cachedListing(cache: RepoCache, commit: string): RepoListing | undefined {
  const file = listingFile(cache, commit);
  if (fs.existsSync(file)) {
    const saved = JSON.parse(fs.readFileSync(insideCache(cache, file), "utf8")) as Record<string, unknown>;
    return parseListing(saved, file);
  }
  const folder = snapshotFolder(cache, commit);
  if (!fs.existsSync(folder)) return undefined;
  const names = fs.readdirSync(folder, { recursive: true, encoding: "utf8" });
  const files = names.filter((name) => fs.statSync(path.join(folder, name)).isFile());
  return { commit, files: files.map((name) => name.split(path.sep).join("/")), card: {} };
}
