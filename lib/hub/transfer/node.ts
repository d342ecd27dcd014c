/** Brings one file's content to disk: goes on where an earlier try stopped, and trusts nothing before its hash is right. */
import { ResidencyError } from "../../errors.ts";
import { type Hash, createHash, fs } from "../../files/index.ts";
import type { FileMetadata } from "../api.ts";
import { pause, send, throwIfStopped, type HubSession } from "../request.ts";

/** What is brought, and where to. */
export interface Transfer {
  metadata: FileMetadata;
  /** What the file is called in errors. */
  what: string;
  /** Where the finished content goes. */
  blob: string;
  /** Told how many bytes are here. */
  onLoaded: (loaded: number) => void;
}

const sizeOf = (file: string): number => fs.statSync(file, { throwIfNoEntry: false })?.size ?? 0;

/**
 * Fetches a content, checks its size and hash, and only then gives it its name.
 *
 * @throws ResidencyError E_HUB when the connection keeps breaking, E_HUB_INTEGRITY when a whole fetch has another hash.
 */
export async function transfer(
  session: HubSession,
  { metadata, what, blob, onLoaded }: Transfer,
): Promise<void> {
  const partial = `${blob}.residency-incomplete`;
  let isFresh = sizeOf(partial) === 0;
  for (;;) {
    await fill(session, { metadata, what, partial, onLoaded });
    if (await hasHash(partial, metadata)) break;
    fs.rmSync(partial, { force: true });
    if (isFresh) {
      throw new ResidencyError(
        "E_HUB_INTEGRITY",
        `Cannot use ${what}: what came has another hash than the hub announced; nothing is kept, try again`,
      );
    }
    isFresh = true; // The older part may have been wrong, so it is fetched once more from its start.
  }
  fs.renameSync(partial, blob);
}

type Filling = Omit<Transfer, "blob"> & { partial: string };

async function fill(session: HubSession, filling: Filling): Promise<void> {
  const { metadata, what, partial } = filling;
  if (sizeOf(partial) > metadata.size) fs.rmSync(partial);
  if (metadata.size === 0) fs.writeFileSync(partial, "");
  for (let failures = 0; sizeOf(partial) < metadata.size;) {
    const before = sizeOf(partial);
    try {
      await fetchRest(session, filling, before);
      if (sizeOf(partial) < metadata.size) throw new Error("the connection ended too early");
    } catch (cause) {
      throwIfStopped(session);
      if (cause instanceof ResidencyError) throw cause;
      failIfDisk(cause, what, partial);
      failures = sizeOf(partial) > before ? 1 : failures + 1;
      if (failures >= session.attempts) {
        throw new ResidencyError(
          "E_HUB",
          `Cannot get ${what}: the connection keeps breaking, and ${sizeOf(partial)} of ${metadata.size} bytes are here; ` +
            "call again to go on from there",
          { cause },
        );
      }
      await pause(session, failures - 1);
    }
  }
}

function failIfDisk(cause: unknown, what: string, partial: string): void {
  const code = (cause as NodeJS.ErrnoException).code ?? "";
  if (!["ENOSPC", "EDQUOT", "EACCES", "EROFS", "EFBIG"].includes(code)) return;
  fs.rmSync(partial, { force: true });
  throw new ResidencyError(
    "E_HUB",
    `Cannot keep ${what}: the cache's disk says ${code}; make room, or set HF_HUB_CACHE to a folder on another disk`,
    { cause },
  );
}

async function fetchRest(
  session: HubSession,
  { metadata, what, partial, onLoaded }: Filling,
  have: number,
): Promise<void> {
  const response = await send(session, {
    url: metadata.url,
    what,
    headers: have > 0 ? { range: `bytes=${have}-` } : {},
    accept: [416],
  });
  if (response.status === 416 || !goesOn(response, have, metadata.size)) {
    await response.body?.cancel();
    fs.rmSync(partial, { force: true });
    throw new Error("the other part does not fit this one");
  }
  const from = response.status === 206 ? have : 0;
  const handle = await fs.promises.open(partial, from > 0 ? "a" : "w");
  try {
    let loaded = from;
    for await (const part of withoutSilence(response, session)) {
      loaded += part.length;
      if (loaded > metadata.size) {
        fs.rmSync(partial, { force: true });
        throw new ResidencyError(
          "E_HUB_INTEGRITY",
          `Cannot use ${what}: more came than the ${metadata.size} bytes that the hub announced`,
        );
      }
      await handle.write(part);
      onLoaded(loaded);
    }
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Whether a part of an answer begins where ours ends; a server that knows no ranges sends everything. */
function goesOn(response: Response, have: number, size: number): boolean {
  if (response.status !== 206) return true;
  const range = /^bytes (\d+)-\d+\/(\d+|\*)$/.exec(response.headers.get("content-range") ?? "");
  return range !== null && Number(range[1]) === have && (range[2] === "*" || Number(range[2]) === size);
}

async function* withoutSilence(response: Response, session: HubSession): AsyncGenerator<Uint8Array> {
  if (!response.body) return;
  const reader = response.body.getReader() as ReadableStreamDefaultReader<Uint8Array>;
  try {
    for (;;) {
      let timer: NodeJS.Timeout | undefined;
      const silence = new Promise<never>((_, reject) => {
        timer = setTimeout(() => {
          reject(new Error(`nothing came for ${session.timeout} ms`));
        }, session.timeout);
      });
      const { done, value } = await Promise.race([reader.read(), silence]).finally(() => {
        clearTimeout(timer);
      });
      if (done) return;
      yield value;
    }
  } finally {
    await reader.cancel().catch(() => undefined);
  }
}

/** Whether a file is what its etag says: a SHA-256, or Git's SHA-1 of a small file; other hubs' etags tell no hash. */
async function hasHash(file: string, { etag, size }: FileMetadata): Promise<boolean> {
  if (sizeOf(file) !== size) return false;
  let hash: Hash;
  if (/^[0-9a-f]{64}$/.test(etag)) hash = createHash("sha256");
  else if (/^[0-9a-f]{40}$/.test(etag)) hash = createHash("sha1").update(`blob ${size}\0`);
  else return true;
  for await (const part of fs.createReadStream(file, { highWaterMark: 2 ** 20 })) hash.update(part);
  return hash.digest("hex") === etag;
}
