/** A fetch that goes through the proxy of the environment, where there is one. */
import { host } from "../../files/index.ts";
import type { RequestInit } from "undici";

const proxyVariables = ["HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy"] as const;

/** Node's fetch, or undici's by way of HTTPS_PROXY and HTTP_PROXY, but for the hosts of NO_PROXY. */
export async function proxiedFetch(): Promise<typeof fetch> {
  if (!proxyVariables.some((name) => host.environment(name))) return fetch;
  // Node's own fetch knows no proxy before Node 24, and takes no agent of another version of undici.
  const undici = await import("undici");
  const dispatcher = new undici.EnvHttpProxyAgent();
  const through = (url: string, init?: RequestInit): ReturnType<typeof undici.fetch> =>
    undici.fetch(url, { ...init, dispatcher });
  return through as unknown as typeof fetch;
}
