/** A server of static files on loopback, whose pages are isolated and so may share memory with their workers. */
import { createReadStream } from "node:fs";
import { realpath, stat } from "node:fs/promises";
import http from "node:http";
import path from "node:path";

/** What is served. */
export interface ServeOptions {
  /** Folders by the paths that they are served under, such as { "/": "dist/browser" }; the longest that fits counts. */
  folders: Record<string, string>;
  /** The port; any free one when left out. */
  port?: number;
  /** Whether pages are cross-origin isolated (default: true). */
  isolated?: boolean;
}

/** A server that runs. */
export interface StaticServer {
  /** Such as http://127.0.0.1:8080/. */
  address: string;
  close(): Promise<void>;
}

const types: Record<string, string> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".json": "application/json",
  ".wasm": "application/wasm",
};

/** Without these two headers a browser gives a page no shared memory. */
const isolation = {
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-embedder-policy": "require-corp",
};

/** The file that a path of a request means; undefined when there is none inside the served folders. */
async function fileOf(folders: Record<string, string>, pathname: string): Promise<string | undefined> {
  const prefix = Object.keys(folders)
    .filter((start) => pathname.startsWith(start))
    .sort((a, b) => b.length - a.length)[0];
  if (prefix === undefined) return undefined;
  try {
    const root = await realpath(folders[prefix]!);
    const rest = decodeURIComponent(pathname.slice(prefix.length)) || "index.html";
    const file = await realpath(path.join(root, rest));
    return file.startsWith(root + path.sep) && (await stat(file)).isFile() ? file : undefined;
  } catch {
    return undefined;
  }
}

/** Starts a server on 127.0.0.1. */
export async function serveFolders({
  folders,
  port = 0,
  isolated = true,
}: ServeOptions): Promise<StaticServer> {
  const server = http.createServer((request, response) => {
    const { pathname } = new URL(request.url ?? "/", "http://127.0.0.1");
    void fileOf(folders, pathname).then((file) => {
      if (file === undefined) {
        response.writeHead(404).end();
        return;
      }
      response.writeHead(200, {
        "content-type": types[path.extname(file)] ?? "application/octet-stream",
        ...(isolated ? isolation : {}),
      });
      createReadStream(file).pipe(response);
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, "127.0.0.1", resolve);
  });
  const { port: used } = server.address() as { port: number };
  return {
    address: `http://127.0.0.1:${used}/`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
