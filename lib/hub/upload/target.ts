/** Where files are uploaded to, and how the hub is asked. */
import type { RepoType } from "../names.ts";
import { readJsonBody, send, type HubSession } from "../request.ts";

/** A file to upload. */
export interface LocalFile {
  /** The name in the repository. */
  name: string;
  file: string;
  size: number;
}

/** Where to. */
export interface Target {
  session: HubSession;
  type: RepoType;
  id: string;
  revision: string;
}

/** Posts JSON and reads the JSON of the answer; `what` is what an error says is missing. */
export async function post(
  session: HubSession,
  url: string,
  what: string,
  body: unknown,
): Promise<Record<string, unknown>> {
  const headers = { "content-type": "application/json" };
  return readJsonBody(
    await send(session, { url, what, method: "POST", headers, body: JSON.stringify(body) }),
    what,
  );
}
