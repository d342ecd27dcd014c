/** Requests to the hub: the token for its host alone, redirects one by one, retries with a growing pause. */
import { ResidencyError } from "../errors.ts";
import { host } from "../files/index.ts";

/** What every request of one download or upload shares. */
export interface HubSession {
  /** The hub's address, without a slash at the end. */
  endpoint: string;
  token: string | undefined;
  fetch: typeof fetch;
  /** How often a request is tried. */
  attempts: number;
  /** The first pause between two tries, in milliseconds; each later one is twice as long. */
  retryDelay: number;
  /** How long the other side may be silent, in milliseconds. */
  timeout: number;
  signal: AbortSignal | undefined;
}

/** One request. */
export interface HubRequest {
  url: string;
  /** What is asked for, as an error shall say it; addresses are not shown, since they may hold signatures. */
  what: string;
  method?: "GET" | "HEAD" | "POST" | "PUT";
  headers?: Record<string, string>;
  body?: string | Uint8Array;
  /** Give back the redirect that leads to the place where a file is stored (default: false). */
  stopAtStorage?: boolean;
  /** Statuses that are an answer, not an error. */
  accept?: readonly number[];
}

const longestPause = 60_000;
const mostRedirects = 5;
const retried = new Set([408, 429, 500, 502, 503, 504]);

/** Throws E_INTERRUPTED when the caller's signal is aborted. */
export function throwIfStopped({ signal }: Pick<HubSession, "signal">): void {
  if (!signal?.aborted) return;
  throw new ResidencyError("E_INTERRUPTED", "Stopped working with the hub: call again to go on from here");
}

/** Waits before the next try; `Retry-After` (in seconds) goes before the growing pause. */
export async function pause(session: HubSession, tries: number, retryAfter?: string | null): Promise<void> {
  const seconds = retryAfter && /^\d+$/.test(retryAfter) ? Number(retryAfter) * 1000 : 0;
  const delay = Math.min(longestPause, Math.max(seconds, session.retryDelay * 2 ** tries));
  throwIfStopped(session);
  await new Promise<void>((resolve) => {
    const done = (): void => {
      clearTimeout(timer);
      session.signal?.removeEventListener("abort", done);
      resolve();
    };
    const timer = setTimeout(done, delay);
    session.signal?.addEventListener("abort", done);
  });
  throwIfStopped(session);
}

/**
 * Sends a request and gives back its answer, whose body nobody has read.
 *
 * @throws ResidencyError E_HUB, E_HUB_ACCESS, E_HUB_NOT_FOUND, or E_INTERRUPTED when the signal is aborted.
 */
export async function send(session: HubSession, request: HubRequest): Promise<Response> {
  for (let tries = 0; ; tries++) {
    throwIfStopped(session);
    const last = tries + 1 >= session.attempts;
    let response: Response;
    try {
      response = await follow(session, request);
    } catch (cause) {
      throwIfStopped(session);
      if (cause instanceof ResidencyError) throw cause;
      if (last) throw unreachable(session, request, cause);
      await pause(session, tries);
      continue;
    }
    if (isAnswer(response, request)) return response;
    await response.body?.cancel();
    if (!retried.has(response.status) || last) throw refused(session, request, response);
    await pause(session, tries, response.headers.get("retry-after"));
  }
}

function isAnswer({ ok, status }: Response, { accept = [], stopAtStorage = false }: HubRequest): boolean {
  return ok || accept.includes(status) || (stopAtStorage && status >= 300 && status < 400);
}

async function follow(session: HubSession, request: HubRequest): Promise<Response> {
  const home = new URL(session.endpoint).origin;
  let url = new URL(request.url);
  for (let hops = 0; hops <= mostRedirects; hops++) {
    // A browser sets these two itself, and would ask the server for leave to send another.
    const headers = host.isBrowser
      ? { ...request.headers }
      : { "accept-encoding": "identity", "user-agent": "residency", ...request.headers };
    const silence = new AbortController();
    // A body takes its time: at least 50 bytes a millisecond are expected to go.
    const patience = session.timeout + (request.body?.length ?? 0) / 50;
    const timer = setTimeout(() => {
      silence.abort(new Error(`no answer within ${patience} ms`));
    }, patience);
    let response: Response;
    try {
      response = await session.fetch(url.href, {
        method: request.method ?? "GET",
        // A browser shows no redirect to a page; it follows one by itself, and takes the token off before another host.
        redirect: host.isBrowser ? "follow" : "manual",
        // The token is for the hub; a storage host gets an address that is signed.
        headers:
          session.token !== undefined && url.origin === home
            ? { ...headers, authorization: `Bearer ${session.token}` }
            : headers,
        signal: session.signal ? AbortSignal.any([session.signal, silence.signal]) : silence.signal,
        ...(request.body === undefined ? {} : { body: request.body }),
      });
    } finally {
      clearTimeout(timer);
    }
    const location = response.headers.get("location");
    if (response.status < 300 || response.status >= 400 || location === null) return response;
    const next = new URL(location, url);
    const tellsFile = response.headers.has("x-linked-etag") && response.headers.has("x-linked-size");
    if (request.stopAtStorage && (tellsFile || next.origin !== home)) return response;
    await response.body?.cancel();
    if (next.protocol !== "https:" && next.protocol !== url.protocol) {
      throw new ResidencyError(
        "E_HUB",
        `Cannot get ${request.what}: ${url.host} redirects to ${next.protocol}, which is not safe`,
      );
    }
    url = next;
  }
  throw new ResidencyError(
    "E_HUB",
    `Cannot get ${request.what}: more than ${mostRedirects} redirects from ${session.endpoint}`,
  );
}

function unreachable({ endpoint }: HubSession, { what }: HubRequest, cause: unknown): ResidencyError {
  return new ResidencyError(
    "E_HUB",
    `Cannot get ${what}: ${endpoint} does not answer; look at the connection, HF_ENDPOINT and HTTPS_PROXY, or set ` +
      "HF_HUB_OFFLINE=1 to use what is in the cache",
    { cause },
  );
}

function refused(session: HubSession, { what }: HubRequest, response: Response): ResidencyError {
  const { status } = response;
  const reason = response.headers.get("x-error-code");
  const hasToken = session.token !== undefined;
  if (reason === "GatedRepo" || (status === 403 && reason === null)) {
    return new ResidencyError(
      "E_HUB_ACCESS",
      `Cannot get ${what}: the hub answers ${status}; ask for access on the repository's page, and give a token that ` +
        "has it in HF_TOKEN",
    );
  }
  if (status === 401 || status === 403) {
    return new ResidencyError(
      "E_HUB_ACCESS",
      `Cannot get ${what}: the hub answers ${status}; the name is wrong, or the repository is private: ` +
        (hasToken ? "the token in use does not open it" : "give a token in HF_TOKEN"),
    );
  }
  if (status === 404) {
    const missing = { RevisionNotFound: "revision", EntryNotFound: "file" }[reason ?? ""] ?? "repository";
    return new ResidencyError(
      "E_HUB_NOT_FOUND",
      `Cannot get ${what}: ${session.endpoint} has no such ${missing}; look at the spelling` +
        (missing === "repository" && !hasToken ? ", and give a token in HF_TOKEN if it is private" : ""),
    );
  }
  const advice = status === 429 ? "too many requests: wait, or give a token" : "try again later";
  return new ResidencyError("E_HUB", `Cannot get ${what}: the hub answers ${status}; ${advice}`);
}

const unusable = (what: string, reason: string, cause?: unknown): ResidencyError =>
  new ResidencyError("E_HUB", `Cannot use the answer to ${what}: ${reason}`, { cause });

/** Reads a body that is a JSON object of at most `limit` bytes; throws E_HUB. */
export async function readJsonBody(
  response: Response,
  what: string,
  limit?: number,
): Promise<Record<string, unknown>> {
  const value = await readJson(response, what, limit);
  if (typeof value === "object" && value !== null && !Array.isArray(value)) {
    return value as Record<string, unknown>;
  }
  throw unusable(what, "it is not a JSON object");
}

/** Reads a body of JSON of at most `limit` bytes; throws E_HUB. */
export async function readJson(response: Response, what: string, limit = 64 * 2 ** 20): Promise<unknown> {
  const parts: Uint8Array[] = [];
  let size = 0;
  try {
    for await (const part of response.body as unknown as AsyncIterable<Uint8Array>) {
      size += part.length;
      if (size > limit) throw unusable(what, `it is longer than ${limit} bytes`);
      parts.push(part);
    }
    return JSON.parse(await new Blob(parts).text());
  } catch (cause) {
    throw cause instanceof ResidencyError ? cause : unusable(what, "it is not JSON, as a hub's is", cause);
  }
}
