/** Uploads a folder to the hub as one commit, large files by Git LFS. */
import fs from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import path from "node:path";
import { ResidencyError } from "../../errors.ts";
import { checkFileName, checkRepoId, checkRevision, isPickle, type RepoType } from "../names.ts";
import { readJsonBody, send } from "../request.ts";
import { isOffline, openSession, type HubOptions } from "../session/node.ts";
import { askForLarge, sha256, uploadLarge } from "./large/node.ts";
import type { LocalFile, Target } from "./target.ts";

/** How a folder is uploaded. */
export interface UploadOptions extends HubOptions {
  repoType?: RepoType;
  /** The branch (default: main). */
  revision?: string;
  /** Whether a repository that does not exist yet becomes private (default: true, since data may speak of people). */
  private?: boolean;
  commitMessage?: string;
  onProgress?: (progress: { file: string; loaded: number; total: number }) => void;
}

/** What an upload has made. */
export interface UploadResult {
  /** The hash of the commit. */
  commit: string;
  /** The page of the commit. */
  url: string;
}

/**
 * Uploads every file of a folder but hidden ones, in one commit; the repository is created when it does not exist.
 *
 * @throws ResidencyError E_CONFIG without a token or for a pickle; E_HUB, E_HUB_ACCESS, E_INTERRUPTED.
 * @example
 * writeFileAtomically("my-adapter/adapter_config.json", "{}");
 * const { commit } = await uploadFolder("my-adapter", "owner/adapter", { private: true });
 */
export async function uploadFolder(
  folder: string,
  repoId: string,
  options: UploadOptions = {},
): Promise<UploadResult> {
  const { repoType: type = "model", revision = "main" } = options;
  const id = checkRepoId(repoId);
  const session = await openSession(options);
  if (isOffline()) {
    throw new ResidencyError("E_HUB_OFFLINE", `Cannot upload to ${id}: HF_HUB_OFFLINE is set`);
  }
  if (session.token === undefined) {
    throw new ResidencyError(
      "E_CONFIG",
      `Cannot upload to ${id} without a token: set HF_TOKEN to one that may write`,
    );
  }
  const files = await listFolder(folder);
  const target = { session, type, id, revision: checkRevision(revision) };
  await createRepo(target, options.private ?? true);
  const large = await askForLarge(target, files);
  const hashes = new Map<string, string>();
  for (const file of files.filter(({ name }) => large.has(name)))
    hashes.set(file.name, await sha256(file.file));
  await uploadLarge(target, files, hashes, options);
  return commit(target, files, hashes, options.commitMessage ?? "Upload folder with residency");
}

async function listFolder(folder: string): Promise<LocalFile[]> {
  const names = (await readdir(folder, { recursive: true })).map((name) => name.split(path.sep).join("/"));
  const files: LocalFile[] = [];
  for (const name of names.sort()) {
    const file = path.join(folder, name);
    const { size } = fs.lstatSync(file);
    if (!fs.lstatSync(file).isFile() || name.split("/").some((part) => part.startsWith("."))) continue;
    if (isPickle(name)) {
      throw new ResidencyError(
        "E_CONFIG",
        `Cannot upload ${file}: it may be a pickle; store tensors as safetensors`,
      );
    }
    files.push({ name: checkFileName(name), file, size });
  }
  if (files.length > 0) return files;
  throw new ResidencyError("E_CONFIG", `Cannot upload ${folder}: it has no files`);
}

async function createRepo({ session, type, id }: Target, isPrivate: boolean): Promise<void> {
  const [owner, name] = id.split("/");
  const response = await send(session, {
    url: `${session.endpoint}/api/repos/create`,
    what: `the repository ${id} created`,
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(
      name === undefined
        ? { name: owner, type, private: isPrivate }
        : { name, organization: owner, type, private: isPrivate },
    ),
    // 409: it exists. 403: the token may write, but not create; the commit tells whether it may write here.
    accept: [409, 403],
  });
  await response.body?.cancel();
}

async function commit(
  { session, type, id, revision }: Target,
  files: LocalFile[],
  hashes: Map<string, string>,
  summary: string,
): Promise<UploadResult> {
  const lines: unknown[] = [{ key: "header", value: { summary, description: "" } }];
  for (const { name, file, size } of files) {
    const oid = hashes.get(name);
    if (oid !== undefined) lines.push({ key: "lfsFile", value: { path: name, algo: "sha256", oid, size } });
    else {
      const content = await readFile(file, "base64");
      lines.push({ key: "file", value: { path: name, content, encoding: "base64" } });
    }
  }
  const what = `the commit to ${id}`;
  const response = await send(session, {
    url: `${session.endpoint}/api/${type}s/${id}/commit/${encodeURIComponent(revision)}`,
    what,
    method: "POST",
    headers: { "content-type": "application/x-ndjson" },
    body: lines.map((line) => JSON.stringify(line)).join("\n"),
  });
  const { commitOid, commitUrl } = await readJsonBody(response, what);
  return { commit: String(commitOid), url: String(commitUrl) };
}
