/** A small server on loopback that speaks as much of Hugging Face's hub as downloads and uploads use. */
import { createHash } from "node:crypto";
import http from "node:http";
import type { AddressInfo } from "node:net";

/** The commit of every repository of the server. */
export const hubCommit = "0123456789abcdef0123456789abcdef01234567";

/** One request that came. */
export interface HubServerRequest {
  method: string;
  url: string;
  headers: http.IncomingHttpHeaders;
  body: Buffer;
}

type Answer = (request: HubServerRequest, response: http.ServerResponse) => boolean;

/** A running server. */
export interface HubServer {
  endpoint: string;
  requests: HubServerRequest[];
  /** Files by repository, such as `owner/name` or `datasets/owner/name`. */
  repos: Map<string, Map<string, Buffer>>;
  /** Called first; true when it has answered. */
  intercept: Answer | undefined;
  /** Files at least this large are stored apart, as the hub does: on `storage`, if it is set. */
  largeFrom: number;
  storage: string | undefined;
  /** The head of README.md of data sets. */
  cardData: Record<string, unknown>;
  /** Objects that came as large files, by SHA-256. */
  objects: Map<string, Buffer>;
  close(): Promise<void>;
}

const sha256 = (content: Buffer): string => createHash("sha256").update(content).digest("hex");

/** Git's hash of a file, which is the etag of a small one. */
export function gitHash(content: Buffer): string {
  return createHash("sha1").update(`blob ${content.length}\0`).update(content).digest("hex");
}

/** Sends content, or the part of it that `Range` asks for. */
export function sendContent(
  request: HubServerRequest,
  response: http.ServerResponse,
  content: Buffer,
  headers: http.OutgoingHttpHeaders = {},
): void {
  const from = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? "")?.[1] ?? 0);
  if (from > 0) headers["content-range"] = `bytes ${from}-${content.length - 1}/${content.length}`;
  response.writeHead(from > 0 ? 206 : 200, { ...headers, "content-length": content.length - from });
  response.end(request.method === "HEAD" ? undefined : content.subarray(from));
}

function sendJson(response: http.ServerResponse, value: unknown): void {
  response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(value));
}

function notFound(response: http.ServerResponse, code: string): void {
  response.writeHead(404, { "x-error-code": code }).end("CANARY-BODY");
}

/** Starts a server on a free port. */
export async function startHubServer(
  repos: Record<string, Record<string, string | Buffer>> = {},
): Promise<HubServer> {
  const hub: HubServer = {
    endpoint: "",
    requests: [],
    repos: new Map(
      Object.entries(repos).map(([id, files]) => [
        id,
        new Map(Object.entries(files).map(([name, content]) => [name, Buffer.from(content)])),
      ]),
    ),
    intercept: undefined,
    largeFrom: 1000,
    storage: undefined,
    cardData: {},
    objects: new Map(),
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => {
          resolve();
        });
      }),
  };
  const server = http.createServer((incoming, response) => {
    const parts: Buffer[] = [];
    incoming.on("data", (part: Buffer) => parts.push(part));
    incoming.on("end", () => {
      const { method = "GET", url = "/", headers } = incoming;
      const request = { method, url, headers, body: Buffer.concat(parts) };
      hub.requests.push(request);
      // As the hub does, so that pages may read what it answers.
      response.setHeader("access-control-allow-origin", "*");
      response.setHeader("access-control-expose-headers", "x-error-code, content-range, retry-after");
      response.setHeader("cross-origin-resource-policy", "cross-origin");
      if (method === "OPTIONS") {
        const allowed = "authorization, content-type, range";
        response.writeHead(204, { "access-control-allow-headers": allowed }).end();
        return;
      }
      if (!hub.intercept?.(request, response)) answer(hub, request, response);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  hub.endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return hub;
}

function answer(hub: HubServer, request: HubServerRequest, response: http.ServerResponse): void {
  const [, repo = "", rest = ""] = /^\/((?:datasets\/)?[^/]+\/[^/]+)\/resolve\/(.*)$/.exec(request.url) ?? [];
  const api = /^\/api\/(model|dataset)s\/([^/]+\/[^/]+)\/([\w-]+)\/([^/]+)$/.exec(request.url);
  const object = /^\/objects\/(\w+)/.exec(request.url)?.[1];
  if (repo) sendFile(hub, { repo, rest }, request, response);
  else if (api) answerApi(hub, { type: api[1]!, id: api[2]!, action: api[3]! }, request, response);
  else if (object) answerObject(hub, object, request, response);
  else if (request.url === "/api/repos/create") sendJson(response, { url: hub.endpoint });
  else if (request.url.endsWith(".git/info/lfs/objects/batch")) answerBatch(hub, request, response);
  else notFound(response, "RepoNotFound");
}

function sendFile(
  hub: HubServer,
  { repo, rest }: { repo: string; rest: string },
  request: HubServerRequest,
  response: http.ServerResponse,
): void {
  const [revision = "", ...name] = rest.split("/");
  const files = hub.repos.get(repo);
  if (!files) {
    notFound(response, "RepoNotFound");
    return;
  }
  if (!["main", hubCommit, "refs%2Fpr%2F1"].includes(revision)) {
    notFound(response, "RevisionNotFound");
    return;
  }
  const content = files.get(name.map(decodeURIComponent).join("/"));
  if (!content) {
    notFound(response, "EntryNotFound");
    return;
  }
  const headers = { "x-repo-commit": hubCommit };
  if (content.length < hub.largeFrom) {
    sendContent(request, response, content, { ...headers, etag: `"${gitHash(content)}"` });
    return;
  }
  const hash = sha256(content);
  hub.objects.set(hash, content);
  const location = `${hub.storage ?? hub.endpoint}/objects/${hash}?signature=CANARY-SIGNATURE`;
  const linked = { "x-linked-etag": `"${hash}"`, "x-linked-size": content.length };
  response.writeHead(302, { ...headers, ...linked, location }).end();
}

function answerApi(
  hub: HubServer,
  { type, id, action }: { type: string; id: string; action: string },
  request: HubServerRequest,
  response: http.ServerResponse,
): void {
  const repo = type === "dataset" ? `datasets/${id}` : id;
  const files = hub.repos.get(repo);
  if (action === "preupload") {
    const { files: asked } = JSON.parse(String(request.body)) as { files: { path: string; size: number }[] };
    const modes = asked.map(({ path, size }) => ({
      path,
      uploadMode: size < hub.largeFrom ? "regular" : "lfs",
    }));
    sendJson(response, { files: modes });
    return;
  }
  if (action === "commit") {
    takeCommit(hub, repo, request, response);
    return;
  }
  if (!files) {
    notFound(response, "RepoNotFound");
    return;
  }
  if (action === "paths-info") {
    const { paths } = JSON.parse(String(request.body)) as { paths: string[] };
    const found = paths.flatMap((path) => {
      const content = files.get(path);
      if (!content) return [];
      const { length: size } = content;
      const lfs = size < hub.largeFrom ? {} : { lfs: { oid: sha256(content), size, pointerSize: 134 } };
      return [{ type: "file", path, oid: gitHash(content), size, ...lfs }];
    });
    sendJson(response, found);
    return;
  }
  const siblings = [...files.keys()].map((rfilename) => ({ rfilename }));
  sendJson(response, { id, sha: hubCommit, siblings, cardData: hub.cardData });
}

function takeCommit(
  hub: HubServer,
  repo: string,
  request: HubServerRequest,
  response: http.ServerResponse,
): void {
  const files = hub.repos.get(repo) ?? new Map<string, Buffer>();
  hub.repos.set(repo, files);
  for (const line of String(request.body).split("\n")) {
    const { key, value } = JSON.parse(line) as {
      key: string;
      value: { path: string; content: string; oid: string };
    };
    if (key === "file") files.set(value.path, Buffer.from(value.content, "base64"));
    if (key === "lfsFile") files.set(value.path, hub.objects.get(value.oid)!);
  }
  sendJson(response, { commitUrl: `${hub.endpoint}/${repo}/commit/${hubCommit}`, commitOid: hubCommit });
}

function answerBatch(hub: HubServer, request: HubServerRequest, response: http.ServerResponse): void {
  const { objects } = JSON.parse(String(request.body)) as { objects: { oid: string; size: number }[] };
  const href = (oid: string): string =>
    `${hub.storage ?? hub.endpoint}/objects/${oid}?signature=CANARY-SIGNATURE`;
  sendJson(response, {
    transfer: "basic",
    objects: objects.map(({ oid, size }) =>
      hub.objects.has(oid) ? { oid, size } : { oid, size, actions: { upload: { href: href(oid) } } },
    ),
  });
}

function answerObject(
  hub: HubServer,
  hash: string,
  request: HubServerRequest,
  response: http.ServerResponse,
): void {
  const content = hub.objects.get(hash);
  if (request.method === "PUT") {
    hub.objects.set(hash, request.body);
    response.end();
  } else if (content) sendContent(request, response, content, { etag: '"of-the-storage"' });
  else notFound(response, "EntryNotFound");
}
