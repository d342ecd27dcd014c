/** Uploads a folder to the hub as one commit: large files by Git LFS, each only where the hub lacks it. */
import { createHash } from "node:crypto";
import fs from "node:fs";
import { open, readdir, readFile } from "node:fs/promises";
import path from "node:path";
import { ResidencyError } from "../../errors.ts";
import { checkFileName, checkRepoId, checkRevision, isPickle, type RepoType } from "../names.ts";
import { readJsonBody, send, throwIfStopped, type HubSession } from "../request.ts";
import { isOffline, openSession, type HubOptions } from "../session/node.ts";

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

interface LocalFile {
  /** The name in the repository. */
  name: string;
  file: string;
  size: number;
}

interface Target {
  session: HubSession;
  type: RepoType;
  id: string;
  revision: string;
}

const largestPart = 2 ** 31 - 1;

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

async function post(
  session: HubSession,
  url: string,
  what: string,
  body: unknown,
): Promise<Record<string, unknown>> {
  const headers = { "content-type": "application/json" };
  return readJsonBody(
    await send(session, { url, what, method: "POST", headers, body: JSON.stringify(body) }),
    what,
  );
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

async function askForLarge(
  { session, type, id, revision }: Target,
  files: LocalFile[],
): Promise<Set<string>> {
  const large = new Set<string>();
  for (let from = 0; from < files.length; from += 256) {
    const asked = files.slice(from, from + 256);
    const described = await Promise.all(
      asked.map(async ({ name, file, size }) => {
        const handle = await open(file, "r");
        const { buffer, bytesRead } = await handle
          .read(Buffer.alloc(512), 0, 512, 0)
          .finally(() => handle.close());
        return { path: name, size, sample: buffer.toString("base64", 0, bytesRead) };
      }),
    );
    const url = `${session.endpoint}/api/${type}s/${id}/preupload/${encodeURIComponent(revision)}`;
    const answer = await post(session, url, `the way to upload to ${id}`, { files: described });
    const modes = (Array.isArray(answer["files"]) ? answer["files"] : []) as {
      path?: unknown;
      uploadMode?: unknown;
    }[];
    for (const { name } of asked) {
      const mode = modes.find((entry) => entry.path === name)?.uploadMode;
      if (mode !== "lfs" && mode !== "regular") {
        throw new ResidencyError("E_HUB", `Cannot upload ${name}: the hub does not say how`);
      }
      if (mode === "lfs") large.add(name);
    }
  }
  return large;
}

async function sha256(file: string): Promise<string> {
  const hash = createHash("sha256");
  for await (const part of fs.createReadStream(file, { highWaterMark: 2 ** 20 })) hash.update(part as Buffer);
  return hash.digest("hex");
}

interface LfsAction {
  href: string;
  header?: Record<string, string>;
}

async function uploadLarge(
  { session, type, id, revision }: Target,
  files: LocalFile[],
  hashes: Map<string, string>,
  { onProgress }: UploadOptions,
): Promise<void> {
  if (hashes.size === 0) return;
  const what = `a place for the large files of ${id}`;
  const batch = await post(
    session,
    `${session.endpoint}/${type === "dataset" ? "datasets/" : ""}${id}.git/info/lfs/objects/batch`,
    what,
    {
      operation: "upload",
      transfers: ["basic", "multipart"],
      hash_algo: "sha256",
      ref: { name: revision },
      objects: files.flatMap(({ name, size }) => (hashes.has(name) ? [{ oid: hashes.get(name), size }] : [])),
    },
  );
  const objects = (Array.isArray(batch["objects"]) ? batch["objects"] : []) as {
    oid?: string;
    error?: unknown;
    actions?: { upload?: LfsAction; verify?: LfsAction };
  }[];
  for (const file of files.filter(({ name }) => hashes.has(name))) {
    throwIfStopped(session);
    const oid = hashes.get(file.name)!;
    const object = objects.find((entry) => entry.oid === oid);
    if (!object || object.error !== undefined) {
      throw new ResidencyError("E_HUB", `Cannot upload ${file.name}: the hub gives no place for it`);
    }
    const { upload, verify } = object.actions ?? {};
    if (upload) await sendLarge(session, upload, file, oid);
    if (verify) {
      const body = JSON.stringify({ oid, size: file.size });
      const headers = { ...verify.header, "content-type": "application/vnd.git-lfs+json" };
      await send(session, {
        url: verify.href,
        what: `${file.name} checked by the hub`,
        method: "POST",
        headers,
        body,
      });
    }
    onProgress?.({ file: file.name, loaded: file.size, total: file.size });
  }
}

async function sendLarge(
  session: HubSession,
  upload: LfsAction,
  { name, file, size }: LocalFile,
  oid: string,
): Promise<void> {
  const { chunk_size: chunk, ...header } = upload.header ?? {};
  const what = `${name} stored`;
  if (chunk === undefined) {
    if (size > largestPart) {
      throw new ResidencyError("E_HUB", `Cannot upload ${name}: the hub wants its ${size} bytes in one part`);
    }
    await send(session, {
      url: upload.href,
      what,
      method: "PUT",
      headers: header,
      body: await readFile(file),
    });
    return;
  }
  const partSize = Number(chunk);
  const numbers = Object.keys(header)
    .filter((key) => /^\d+$/.test(key))
    .sort((a, b) => Number(a) - Number(b));
  if (!(partSize > 0 && partSize <= largestPart) || numbers.length !== Math.ceil(size / partSize)) {
    throw new ResidencyError(
      "E_HUB",
      `Cannot upload ${name}: the hub's parts do not make up its ${size} bytes`,
    );
  }
  const parts: { partNumber: number; etag: string }[] = [];
  const handle = await open(file, "r");
  try {
    for (const [index, number] of numbers.entries()) {
      const from = index * partSize;
      const body = Buffer.alloc(Math.min(partSize, size - from));
      await handle.read(body, 0, body.length, from);
      const response = await send(session, { url: header[number]!, what, method: "PUT", body });
      parts.push({ partNumber: Number(number), etag: response.headers.get("etag") ?? "" });
    }
  } finally {
    await handle.close();
  }
  await send(session, {
    url: upload.href,
    what,
    method: "POST",
    headers: { "content-type": "application/vnd.git-lfs+json" },
    body: JSON.stringify({ oid, parts }),
  });
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
