/** The server of `residency serve`: a page, its script and style, the notes, and answers as server-sent events. */
import { readFile } from "node:fs/promises";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { ResidencyError } from "../../lib/errors.ts";
import { answerBoth } from "./answer.ts";
import { admit, guardHeaders, newToken } from "./guard.ts";
import type { ServedModels } from "./models.ts";
import { pageHtml } from "./page.ts";
import type { AnswerEvent, PageState, ServedNote } from "./protocol.ts";
import { parseAskRequest, readBody } from "./request.ts";
import { pageStyle } from "./style.ts";
import { createTurns } from "./turns.ts";

/** What is served, and where. */
export interface ServeOptions {
  models: ServedModels;
  notes: readonly ServedNote[];
  /** 0 takes a free one. */
  port: number;
  /** The page's own value for the most new tokens of an answer. */
  maxNewTokens: number;
}

/** A server that listens. */
export interface Served {
  /** With the token, for the browser. */
  address: string;
  port: number;
  /** Stops answers that are being written, and ends. */
  close(): Promise<void>;
}

/** More notes than one wants to choose from in a list. */
const notesShown = 300;
const waitingAllowed = 8;

const scripts = ["page.js", "answer-view.js", "elements.js", "event-stream.js"];

const escapePlain = (text: string): string => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;");

/** The page that says why there is none. */
const refusal = (why: string): string =>
  `<!doctype html><html lang="en"><meta charset="utf-8"><title>Residency</title><p>${escapePlain(why)}.</p></html>`;

function eventsOf(response: ServerResponse): (event: AnswerEvent) => void {
  response.writeHead(200, { ...guardHeaders, "content-type": "text/event-stream; charset=utf-8" });
  return (event) => {
    if (!response.writableEnded && !response.destroyed) response.write(`data: ${JSON.stringify(event)}\n\n`);
  };
}

/** An error as the page shows it; what is no error of the library's is a fault here, and told without its details. */
function errorEvent(error: unknown): AnswerEvent {
  if (error instanceof ResidencyError) {
    return { type: "error", code: error.code, message: error.message };
  }
  process.stderr.write(
    `residency serve: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`,
  );
  return {
    type: "error",
    code: "E_INTERNAL",
    message: "The models could not answer; the terminal in which residency serve runs says more",
  };
}

/** Binds to loopback. */
function listen(server: Server, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once("error", (error: NodeJS.ErrnoException) => {
      const why =
        error.code === "EADDRINUSE"
          ? "another program uses it; choose another by --port, or leave it out for a free one"
          : error.message;
      reject(new ResidencyError("E_CONFIG", `Cannot listen on port ${port}: ${why}`));
    });
    server.listen(port, "127.0.0.1", () => resolve((server.address() as AddressInfo).port));
  });
}

/**
 * Serves the page on 127.0.0.1 until it is closed.
 *
 * @throws ResidencyError E_CONFIG when the port cannot be used.
 */
export async function serve({ models, notes, port: wanted, maxNewTokens }: ServeOptions): Promise<Served> {
  const token = newToken();
  const turns = createTurns(waitingAllowed);
  const closing = new AbortController();
  const maxNewTokensAllowed = Math.max(1, models.maxPositions - 1);
  const state: PageState = {
    model: models.model,
    adapter: models.adapter,
    notes: notes.slice(0, notesShown),
    notesLeftOut: Math.max(0, notes.length - notesShown),
    maxNewTokens: Math.min(maxNewTokens, maxNewTokensAllowed),
    maxNewTokensAllowed,
  };
  const files: Record<string, { type: string; content: () => string | Promise<string> }> = {
    "": { type: "text/html", content: () => pageHtml },
    "style.css": { type: "text/css", content: () => pageStyle },
    ...Object.fromEntries(
      scripts.map((name) => [
        name,
        {
          type: "text/javascript",
          content: () => readFile(new URL(`./browser/${name}`, import.meta.url), "utf8"),
        },
      ]),
    ),
    state: { type: "application/json", content: () => JSON.stringify(state) },
  };

  async function ask(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const gone = new AbortController();
    response.once("close", () => gone.abort());
    const tell = eventsOf(response);
    try {
      const question = parseAskRequest(await readBody(request), maxNewTokensAllowed);
      const signal = AbortSignal.any([gone.signal, closing.signal]);
      const work = async (): Promise<void> => {
        if (!signal.aborted) await answerBoth(models, question, { signal, tell });
      };
      await turns.take(work, (ahead) => tell({ type: "waiting", ahead }));
    } catch (error) {
      tell(errorEvent(error));
    }
    response.end();
  }

  const address = { port: wanted, token };
  async function respond(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const send = (status: number, type: string, content: string): void => {
      response.writeHead(status, { ...guardHeaders, "content-type": `${type}; charset=utf-8` });
      response.end(request.method === "HEAD" ? undefined : content);
    };
    const admission = admit(request, address);
    if ("refused" in admission) {
      send(admission.refused, "text/html", refusal(admission.why));
      return;
    }
    const { path } = admission;
    if (path === "ask") {
      if (request.method !== "POST") {
        send(405, "text/plain", "ask is a POST\n");
        return;
      }
      return ask(request, response);
    }
    if (request.method !== "GET" && request.method !== "HEAD") {
      send(405, "text/plain", "only GET\n");
      return;
    }
    const file = Object.hasOwn(files, path) ? files[path] : undefined;
    if (!file) {
      send(404, "text/html", refusal("there is no such page here"));
      return;
    }
    send(200, file.type, await file.content());
  }

  const server = createServer((request, response) => {
    respond(request, response).catch((error: unknown) => {
      errorEvent(error);
      response.destroy();
    });
  });
  address.port = await listen(server, wanted);
  return {
    address: `http://127.0.0.1:${address.port}/${token}/`,
    port: address.port,
    async close() {
      closing.abort();
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeIdleConnections();
      // What is still being written ends with its next token; a connection that does not is cut.
      const timer = setTimeout(() => server.closeAllConnections(), 2000);
      await closed;
      clearTimeout(timer);
    },
  };
}
