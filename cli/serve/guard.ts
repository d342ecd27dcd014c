/** Who may speak to a server on loopback: the page that it gave out itself, and nobody else's page. */
import { randomBytes, timingSafeEqual } from "node:crypto";
import type { IncomingMessage } from "node:http";

/** Headers of every answer: nothing is loaded from elsewhere, no script stands in the page, no page frames it. */
export const guardHeaders: Readonly<Record<string, string>> = {
  "content-security-policy":
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src data:; " +
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  "x-content-type-options": "nosniff",
  "referrer-policy": "no-referrer",
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-resource-policy": "same-origin",
  "cache-control": "no-store",
};

/** A secret that is part of the address. */
export function newToken(): string {
  return randomBytes(18).toString("base64url");
}

/** What a request asks for below the secret part of the path; why not, when it may not. */
export type Admission = { path: string } | { refused: 403 | 404; why: string };

function sameText(a: string, b: string): boolean {
  const [left, right] = [Buffer.from(a), Buffer.from(b)];
  return left.length === right.length && timingSafeEqual(left, right);
}

/**
 * Admits a request by its Host (so that another site's name that points here is not served), its Origin (so that another
 * site's script cannot post) and the token in its path (so that other users of the machine cannot either).
 */
export function admit(
  { headers, url = "" }: Pick<IncomingMessage, "headers" | "url">,
  { port, token }: { port: number; token: string },
): Admission {
  const hosts = [`127.0.0.1:${port}`, `localhost:${port}`];
  if (!hosts.includes(headers.host ?? "")) return { refused: 403, why: `this server is ${hosts[0]}` };
  const { origin } = headers;
  const isOwn = origin === undefined || hosts.some((host) => origin === `http://${host}`);
  // A link to the page may stand anywhere, such as in a terminal that is a web page itself.
  const site = headers["sec-fetch-mode"] === "navigate" ? undefined : headers["sec-fetch-site"];
  if (!isOwn || site === "cross-site" || site === "same-site") {
    return { refused: 403, why: "only the page of this server may ask it" };
  }
  const [, given = "", ...rest] = url.split("?")[0]!.split("/");
  if (!sameText(given, token) || rest.length === 0) {
    return { refused: 404, why: "open the whole address that residency serve printed in the terminal" };
  }
  return { path: rest.join("/") };
}
