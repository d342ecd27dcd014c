/** What the environment says about the hub, under Hugging Face's names: HF_HOME, HF_TOKEN, HF_ENDPOINT and others. */
import { ResidencyError } from "../../errors.ts";
import { fs, host, path } from "../../files/index.ts";
import type { RepoType } from "../names.ts";
import { proxiedFetch } from "../proxy/node.ts";
import type { HubSession } from "../request.ts";

/** How far a file has come. */
export interface DownloadProgress {
  file: string;
  /** Bytes that are here, those of an earlier call included. */
  loaded: number;
  /** Bytes in all. */
  total: number;
}

/** How the hub is reached. */
export interface HubOptions {
  /** A token (default: HF_TOKEN, else the file that `hf auth login` has written); false sends none. */
  token?: string | false;
  /** The hub's address (default: HF_ENDPOINT, else https://huggingface.co). */
  endpoint?: string;
  /** Stops the work at the next step; a later call goes on from there. */
  signal?: AbortSignal;
  /** How often a request is tried (default: 5). */
  attempts?: number;
  /** The first pause between two tries, in milliseconds (default: 500). */
  retryDelay?: number;
  /** How long the other side may be silent, in milliseconds (default: HF_HUB_DOWNLOAD_TIMEOUT in seconds, else 30 s). */
  timeout?: number;
}

/** How a download is done. */
export interface DownloadOptions extends HubOptions {
  repoType?: RepoType;
  /** A branch, a tag or a commit (default: main). */
  revision?: string;
  /** The cache (default: HF_HUB_CACHE, else hub/ in HF_HOME, else ~/.cache/huggingface/hub). */
  cacheDir?: string;
  /** Ask nobody, and use what the cache has (default: whether HF_HUB_OFFLINE is set). */
  localFilesOnly?: boolean;
  onProgress?: (progress: DownloadProgress) => void;
  /** The largest file that is taken, in bytes (default: 200 GiB). */
  maxBytes?: number;
}

const given = (name: string): string | undefined => host.environment(name) || undefined;

function homeFolder(): string {
  return (
    given("HF_HOME") ??
    path.join(given("XDG_CACHE_HOME") ?? path.join(host.homeFolder, ".cache"), "huggingface")
  );
}

/** The folder of the cache. */
export function hubCacheFolder(): string {
  return path.resolve(
    given("HF_HUB_CACHE") ?? given("HUGGINGFACE_HUB_CACHE") ?? path.join(homeFolder(), "hub"),
  );
}

/** Whether the environment forbids asking the hub. */
export function isOffline(): boolean {
  return /^(1|on|yes|true)$/i.test(given("HF_HUB_OFFLINE") ?? given("TRANSFORMERS_OFFLINE") ?? "");
}

function savedToken(): string | undefined {
  try {
    return fs.readFileSync(given("HF_TOKEN_PATH") ?? path.join(homeFolder(), "token"), "utf8");
  } catch {
    return undefined; // Nobody has logged in here.
  }
}

function tokenOf(token: string | false | undefined): string | undefined {
  if (token === false) return undefined;
  const found = (token ?? given("HF_TOKEN") ?? given("HUGGING_FACE_HUB_TOKEN") ?? savedToken())?.trim();
  if (!found) return undefined;
  // fetch would quote a token that it cannot send.
  if (/^[\x21-\x7e]+$/.test(found)) return found;
  throw new ResidencyError(
    "E_CONFIG",
    "Cannot use the hub's token: it has characters that no token has; copy it again from the hub's settings",
  );
}

/** Gathers what requests need; throws E_CONFIG for an address or a token that cannot be used. */
export async function openSession(options: HubOptions): Promise<HubSession> {
  const endpoint = (options.endpoint ?? given("HF_ENDPOINT") ?? "https://huggingface.co").replace(/\/+$/, "");
  if (!URL.canParse(endpoint) || !/^https?:$/.test(new URL(endpoint).protocol)) {
    throw new ResidencyError(
      "E_CONFIG",
      `Cannot use ${JSON.stringify(endpoint)} as the hub: HF_ENDPOINT must begin with https://`,
    );
  }
  const seconds = Number(given("HF_HUB_DOWNLOAD_TIMEOUT") ?? 30);
  return {
    endpoint,
    token: tokenOf(options.token),
    fetch: await proxiedFetch(),
    attempts: options.attempts ?? 5,
    retryDelay: options.retryDelay ?? 500,
    timeout: options.timeout ?? (seconds > 0 ? seconds * 1000 : 30_000),
    signal: options.signal,
  };
}
