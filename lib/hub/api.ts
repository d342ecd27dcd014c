/** The two questions that a download asks: which files a revision has, and what one file is. */
import { ResidencyError } from "../errors.ts";
import { checkFileName, isCommit, urlPath, type RepoType } from "./names.ts";
import { readJsonBody, send, type HubSession } from "./request.ts";

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

/** Asks what a file is, without its content; throws E_HUB and its relatives. */
export async function fetchMetadata(
  session: HubSession,
  repo: RepoRevision,
  file: string,
): Promise<FileMetadata> {
  const what = nameFile(repo, file);
  const folder = repo.type === "dataset" ? "datasets/" : "";
  const url = `${session.endpoint}/${folder}${repo.id}/resolve/${encodeURIComponent(repo.revision)}/${urlPath(file)}`;
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
