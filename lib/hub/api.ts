/** The two questions that a download asks: which files a revision has, and what one file is. */
import { ResidencyError } from "../errors.ts";
import { host } from "../files/index.ts";
import { checkFileName, isCommit, urlPath, type RepoType } from "./names.ts";
import { readJson, readJsonBody, send, type HubSession } from "./request.ts";

/** A repository at a revision. */
export interface RepoRevision {
  type: RepoType;
  id: string;
  revision: string;
}

/** What a revision holds. */
export interface RepoListing {
  /** The commit that the revision stands for. */
  commit: string;
  files: string[];
  /** The head of README.md, as the hub has parsed it. */
  card: Record<string, unknown>;
}

/** What the hub says about one file. */
export interface FileMetadata {
  commit: string;
  /** The SHA-256 of a large file, the Git hash of a small one. */
  etag: string;
  size: number;
  /** Where the content is. */
  url: string;
}

/** How an error names a file. */
export function nameFile({ id, revision }: RepoRevision, file: string): string {
  return `${file} of ${id} at ${revision}`;
}

/** Asks for the files of a revision; throws E_HUB and its relatives. */
export async function fetchListing(session: HubSession, repo: RepoRevision): Promise<RepoListing> {
  const what = `the list of files of ${repo.id} at ${repo.revision}`;
  const url = `${session.endpoint}/api/${repo.type}s/${repo.id}/revision/${encodeURIComponent(repo.revision)}`;
  const answer = await readJsonBody(await send(session, { url, what }), what);
  return parseListing(answer, what);
}

/** Checks a listing, as the hub gives it or as the cache keeps it; throws E_HUB. */
export function parseListing(answer: Record<string, unknown>, what: string): RepoListing {
  const { sha, siblings, cardData } = answer;
  if (typeof sha !== "string" || !isCommit(sha) || !Array.isArray(siblings)) {
    throw new ResidencyError("E_HUB", `Cannot use ${what}: it has no commit or no files`);
  }
  const files = siblings.map((sibling: unknown) => {
    const name = (sibling as { rfilename?: unknown } | null)?.rfilename;
    if (typeof name !== "string") {
      throw new ResidencyError("E_HUB", `Cannot use ${what}: a file has no name`);
    }
    return checkFileName(name);
  });
  const card = typeof cardData === "object" && cardData !== null ? cardData : {};
  return { commit: sha, files, card: card as Record<string, unknown> };
}

/** Where the hub serves a file. */
function addressOf({ endpoint }: HubSession, { type, id, revision }: RepoRevision, file: string): string {
  const folder = type === "dataset" ? "datasets/" : "";
  return `${endpoint}/${folder}${id}/resolve/${encodeURIComponent(revision)}/${urlPath(file)}`;
}

/** Asks what a file is, without its content; throws E_HUB and its relatives. */
export async function fetchMetadata(
  session: HubSession,
  repo: RepoRevision,
  file: string,
): Promise<FileMetadata> {
  if (host.isBrowser) return fetchPathMetadata(session, repo, file);
  const what = nameFile(repo, file);
  const url = addressOf(session, repo, file);
  const response = await send(session, { url, what, method: "HEAD", stopAtStorage: true });
  const { headers } = response;
  const commit = headers.get("x-repo-commit") ?? "";
  const etag = (headers.get("x-linked-etag") ?? headers.get("etag") ?? "")
    .replace(/^W\//, "")
    .replaceAll('"', "");
  const size = Number(
    headers.get("x-linked-size") ?? (response.ok ? headers.get("content-length") : null) ?? NaN,
  );
  if (!isCommit(commit) || !/^\w[\w.-]{0,127}$/.test(etag) || !Number.isSafeInteger(size) || size < 0) {
    throw new ResidencyError(
      "E_HUB",
      `Cannot get ${what}: ${session.endpoint} does not say its commit, hash and size, as a hub does; look at ` +
        "HF_ENDPOINT, and whether a page to log in answers for it",
    );
  }
  const location = headers.get("location");
  return { commit, etag, size, url: location === null ? url : new URL(location, url).href };
}

/** Asks the same of the hub's interface, for a browser, which hides from a page the redirect that tells it. */
async function fetchPathMetadata(
  session: HubSession,
  repo: RepoRevision,
  file: string,
): Promise<FileMetadata> {
  const what = nameFile(repo, file);
  const commit = isCommit(repo.revision) ? repo.revision : (await fetchListing(session, repo)).commit;
  const url = `${session.endpoint}/api/${repo.type}s/${repo.id}/paths-info/${commit}`;
  const headers = { "content-type": "application/json" };
  const body = JSON.stringify({ paths: [file], expand: false });
  const answer = await readJson(await send(session, { url, what, method: "POST", headers, body }), what);
  const entries = Array.isArray(answer) ? (answer as unknown[]) : [];
  const isFile = (entry: unknown): entry is Record<string, unknown> =>
    typeof entry === "object" && entry !== null && "path" in entry && entry.path === file;
  const found = entries.find(isFile);
  if (!found)
    throw new ResidencyError("E_HUB_NOT_FOUND", `Cannot get ${what}: the repository has no such file`);
  const { oid, size } = { ...found, ...(found["lfs"] as object | undefined) } as Record<string, unknown>;
  if (typeof oid !== "string" || !/^[0-9a-f]{40,64}$/.test(oid) || !Number.isSafeInteger(size)) {
    throw new ResidencyError(
      "E_HUB",
      `Cannot get ${what}: ${session.endpoint} does not say its hash and size`,
    );
  }
  const address = addressOf(session, { ...repo, revision: commit }, file);
  return { commit, etag: oid, size: size as number, url: address };
}
