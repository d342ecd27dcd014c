/** A model, tokenizer or adapter that any web server serves as a folder: its files are fetched into the page's memory. */
import { ResidencyError } from "../errors.ts";
import { fs, path } from "../files/index.ts";
import { readJsonFile, shardsOf } from "./node.ts";
import type { DownloadOptions } from "./session/node.ts";

/** Whether a text is an address on the web. */
export const isAddress = (text: string): boolean => /^https?:\/\//.test(text);

/** The folder in memory that stands for an address. */
function folderOf(address: URL): string {
  return path.join("/served", encodeURIComponent(address.host), ...address.pathname.split("/"));
}

async function fetchFile(
  address: URL,
  file: string,
  { signal, onProgress, maxBytes = Infinity }: DownloadOptions,
): Promise<boolean> {
  const what = `${address.href}${file}`;
  let response: Response;
  try {
    response = await fetch(new URL(file, address), signal ? { signal } : {});
  } catch (cause) {
    if (signal?.aborted) throw new ResidencyError("E_INTERRUPTED", "Stopped loading: call again to load it");
    throw new ResidencyError(
      "E_HUB",
      `Cannot get ${what}: no answer; look at the connection, and at whether its server allows this page to read it (CORS)`,
      { cause },
    );
  }
  if (response.status === 404) return false;
  if (!response.ok)
    throw new ResidencyError("E_HUB", `Cannot get ${what}: the server answers ${response.status}`);
  const total = Number(response.headers.get("content-length") ?? 0);
  const place = path.join(folderOf(address), file);
  fs.mkdirSync(folderOf(address), { recursive: true });
  // A part that came before a connection broke must not look like a file.
  const partial = `${place}.partial`;
  fs.writeFileSync(partial, "");
  const reader = response.body?.getReader() as ReadableStreamDefaultReader<Uint8Array> | undefined;
  let loaded = 0;
  try {
    for (;;) {
      const { done, value } = (await reader?.read()) ?? { done: true, value: undefined };
      if (done) break;
      loaded += value.length;
      if (loaded > maxBytes) throw tooLarge(what, maxBytes);
      fs.appendFileSync(partial, value);
      onProgress?.({ file, loaded, total: Math.max(total, loaded) });
    }
  } catch (cause) {
    fs.rmSync(partial, { force: true });
    if (cause instanceof ResidencyError) throw cause;
    if (signal?.aborted) throw new ResidencyError("E_INTERRUPTED", "Stopped loading: call again to load it");
    throw new ResidencyError("E_HUB", `Cannot get ${what}: the connection broke; call again`, { cause });
  }
  fs.renameSync(partial, place);
  return true;
}

function tooLarge(what: string, maxBytes: number): ResidencyError {
  return new ResidencyError("E_HUB", `Cannot get ${what}: it is larger than ${maxBytes} bytes`);
}

/**
 * Fetches the files of a part that the server has, and gives the folder in memory where they lie; what is there already is not
 * fetched again.
 *
 * @throws ResidencyError E_HUB when the server fails, E_CHECKPOINT when a shard is missing, E_INTERRUPTED when stopped.
 */
export async function servedFolder(
  text: string,
  files: readonly string[],
  withWeights: boolean,
  options: DownloadOptions,
): Promise<string> {
  const address = new URL(text.endsWith("/") ? text : `${text}/`);
  const folder = folderOf(address);
  const has = async (file: string): Promise<boolean> =>
    fs.existsSync(path.join(folder, file)) || (await fetchFile(address, file, options));
  await Promise.all(files.map(has));
  if (!withWeights || (await has("model.safetensors"))) return folder;
  const index = "model.safetensors.index.json";
  if (!(await has(index))) return folder;
  for (const shard of shardsOf(readJsonFile(path.join(folder, index)), index)) {
    if (!(await has(shard))) {
      throw new ResidencyError("E_CHECKPOINT", `Cannot load ${address.href}: ${shard} is missing`);
    }
  }
  return folder;
}
