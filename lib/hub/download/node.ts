/** Downloads files and whole repositories from the hub into the cache. */
import { ResidencyError } from "../../errors.ts";
import { fs } from "../../files/index.ts";
import { fetchListing, fetchMetadata, nameFile, type RepoListing, type RepoRevision } from "../api.ts";
import {
  blobFile,
  cachedCommit,
  cachedFile,
  cachedListing,
  linkIntoSnapshot,
  lockFile,
  repoCache,
  saveCommit,
  saveListing,
  snapshotFolder,
  type RepoCache,
} from "../cache/node.ts";
import { withLock } from "../lock/node.ts";
import { checkFetchable, checkRepoId, checkRevision, isCommit, isPickle, matchesPattern } from "../names.ts";
import { throwIfStopped, type HubSession } from "../request.ts";
import { hubCacheFolder, isOffline, openSession, type DownloadOptions } from "../session/node.ts";
import { transfer } from "../transfer/node.ts";

/** Which files of a repository are downloaded; in a pattern `*` stands for any text, `/` included. */
export interface SnapshotOptions extends DownloadOptions {
  allowPatterns?: readonly string[];
  ignorePatterns?: readonly string[];
}

/** A snapshot in the cache. */
export interface Snapshot extends RepoListing {
  folder: string;
}

interface Job {
  repo: RepoRevision;
  cache: RepoCache;
  offline: boolean;
  options: DownloadOptions;
}

const largestFile = 200 * 2 ** 30;
const filesAtOnce = 4;

function startJob(id: string, options: DownloadOptions): Job {
  const { repoType = "model", revision = "main", cacheDir = hubCacheFolder() } = options;
  const repo = { type: repoType, id: checkRepoId(id), revision: checkRevision(revision) };
  const offline = options.localFilesOnly ?? isOffline();
  return { repo, cache: repoCache(cacheDir, repo), offline, options };
}

function notCached({ repo }: Job, what: string): ResidencyError {
  return new ResidencyError(
    "E_HUB_OFFLINE",
    `Cannot get ${what} offline: it is not in the cache; run once without HF_HUB_OFFLINE and localFilesOnly, or ` +
      `\`hf download ${repo.id}${repo.type === "dataset" ? " --repo-type dataset" : ""}\``,
  );
}

/**
 * Gives the path of a hub's file in the cache, and downloads it first when it is not there.
 *
 * @throws ResidencyError E_HUB, E_HUB_ACCESS, E_HUB_NOT_FOUND, E_HUB_OFFLINE, E_HUB_INTEGRITY; E_CONFIG for a name that is
 * not safe; E_INTERRUPTED when the signal is aborted.
 * @example
 * const config = await hfHubDownload("HuggingFaceTB/SmolLM2-135M", "config.json");
 */
export async function hfHubDownload(
  repoId: string,
  file: string,
  options: DownloadOptions = {},
): Promise<string> {
  const job = startJob(repoId, options);
  checkFetchable(file);
  const known =
    job.offline || isCommit(job.repo.revision) ? cachedCommit(job.cache, job.repo.revision) : undefined;
  const found = known === undefined ? undefined : cachedFile(job.cache, known, file);
  if (found !== undefined) return found;
  if (job.offline) throw notCached(job, nameFile(job.repo, file));
  return download(await openSession(options), job, file);
}

async function download(session: HubSession, { repo, cache, options }: Job, file: string): Promise<string> {
  const metadata = await fetchMetadata(session, repo, file);
  const { maxBytes = largestFile } = options;
  if (metadata.size > maxBytes) {
    throw new ResidencyError(
      "E_HUB",
      `Cannot get ${nameFile(repo, file)}: it has ${metadata.size} bytes, and maxBytes is ${maxBytes}`,
    );
  }
  saveCommit(cache, repo.revision, metadata.commit);
  const blob = blobFile(cache, metadata.etag);
  const onLoaded = (loaded: number): void => options.onProgress?.({ file, loaded, total: metadata.size });
  const isHere = (): boolean => {
    const there = fs.lstatSync(blob, { throwIfNoEntry: false });
    return there?.isFile() === true && there.size === metadata.size;
  };
  if (!isHere()) {
    await withLock(lockFile(cache, metadata.etag), session, async () => {
      // Another process may have brought it while this one waited.
      if (!isHere()) await transfer(session, { metadata, what: nameFile(repo, file), blob, onLoaded });
    });
  }
  return cachedFile(cache, metadata.commit, file) ?? linkIntoSnapshot(cache, metadata.commit, file, blob);
}

/**
 * Gives the folder of a revision's files in the cache, and downloads those that are not there; pickles are left out.
 *
 * @throws ResidencyError as {@link hfHubDownload} does.
 * @example
 * const folder = await snapshotDownload("HuggingFaceTB/SmolLM2-135M", { allowPatterns: ["*.json"] });
 */
export async function snapshotDownload(repoId: string, options: SnapshotOptions = {}): Promise<string> {
  const { allowPatterns = ["*"], ignorePatterns = [] } = options;
  const choose = ({ files }: RepoListing): string[] =>
    files.filter((file) => matchesPattern(file, allowPatterns) && !matchesPattern(file, ignorePatterns));
  return (await downloadChosen(repoId, options, choose)).folder;
}

/**
 * Downloads those files of a revision that `choose` takes from its listing; throws as {@link hfHubDownload} does.
 *
 * @example
 * const { folder } = await downloadChosen("HuggingFaceTB/SmolLM2-135M", {}, ({ files }) =>
 *   files.filter((file) => file.endsWith(".json")),
 * );
 */
export async function downloadChosen(
  repoId: string,
  options: DownloadOptions,
  choose: (listing: RepoListing) => readonly string[] | Promise<readonly string[]>,
): Promise<Snapshot> {
  const job = startJob(repoId, options);
  const { repo, cache } = job;
  const session = job.offline ? undefined : await openSession(options);
  const listing = session ? await fetchListing(session, repo) : offlineListing(job);
  if (session) {
    saveListing(cache, listing);
    saveCommit(cache, repo.revision, listing.commit);
  }
  // The commit, so that all files are of one state even if the branch moves on meanwhile.
  const pinned = { ...job, repo: { ...repo, revision: listing.commit } };
  const waiting = (await choose(listing)).filter((file) => !isPickle(file));
  const work = async (): Promise<void> => {
    for (let file = waiting.shift(); file !== undefined; file = waiting.shift()) {
      if (cachedFile(cache, listing.commit, file) !== undefined) continue;
      if (!session) throw notCached(job, nameFile(repo, file));
      throwIfStopped(session);
      await download(session, pinned, file).catch((error: unknown) => {
        waiting.length = 0;
        throw error;
      });
    }
  };
  const results = await Promise.allSettled(Array.from({ length: filesAtOnce }, work));
  const failed = results.find((result) => result.status === "rejected");
  if (failed) throw failed.reason;
  return { ...listing, folder: snapshotFolder(cache, listing.commit) };
}

function offlineListing(job: Job): RepoListing {
  const commit = cachedCommit(job.cache, job.repo.revision);
  const listing = commit === undefined ? undefined : cachedListing(job.cache, commit);
  if (listing) return listing;
  throw notCached(job, `${job.repo.id} at ${job.repo.revision}`);
}
