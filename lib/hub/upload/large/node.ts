/** Uploads large files by Git LFS, whole or in parts, each only where the hub lacks it. */
import { createHash } from "node:crypto";
import fs from "node:fs";
import { open, readFile } from "node:fs/promises";
import { ResidencyError } from "../../../errors.ts";
import { send, throwIfStopped, type HubSession } from "../../request.ts";
import { post, type LocalFile, type Target } from "../target.ts";

const largestPart = 2 ** 31 - 1;

/** The names of the files that the hub wants by LFS; the others go with the commit. */
export async function askForLarge(
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

/** The hash that LFS knows a file by, read in pieces. */
export async function sha256(file: string): Promise<string> {
  const hash = createHash("sha256");
  for await (const part of fs.createReadStream(file, { highWaterMark: 2 ** 20 })) hash.update(part as Buffer);
  return hash.digest("hex");
}

interface LfsAction {
  href: string;
  header?: Record<string, string>;
}

/** Uploads the files that have a hash; `onProgress` hears of each. */
export async function uploadLarge(
  { session, type, id, revision }: Target,
  files: LocalFile[],
  hashes: Map<string, string>,
  { onProgress }: { onProgress?: (progress: { file: string; loaded: number; total: number }) => void },
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
