/** The connection file: where the five sockets are and which key signs the messages. */
import { randomBytes } from "node:crypto";
import { constants } from "node:fs";
import { open } from "node:fs/promises";
import { KernelError } from "../errors.ts";
import { isJsonObject } from "./json.ts";

/** The five sockets of a kernel. */
export const channels = ["shell", "iopub", "stdin", "control", "hb"] as const;

/** One of the five sockets. */
export type Channel = (typeof channels)[number];

/** The content of a connection file. */
export interface ConnectionInfo {
  transport: "tcp" | "ipc";
  /** An address for tcp, the beginning of a path for ipc. */
  ip: string;
  ports: Record<Channel, number>;
  key: string;
}

/** A fresh signing key of 256 bits. */
export function createKey(): string {
  return randomBytes(32).toString("hex");
}

/** The ZeroMQ address of one socket. */
export function endpoint(info: ConnectionInfo, channel: Channel): string {
  const port = String(info.ports[channel]);
  return info.transport === "ipc" ? `ipc://${info.ip}-${port}` : `tcp://${info.ip}:${port}`;
}

/** Writes a connection file that only its owner can read (mode 0600); an existing file or link is an error. */
export async function writeConnectionFile(path: string, info: ConnectionInfo): Promise<void> {
  const { O_CREAT, O_EXCL, O_WRONLY } = constants;
  const file = await open(path, O_CREAT | O_EXCL | O_WRONLY, 0o600);
  try {
    const ports = Object.fromEntries(channels.map((channel) => [`${channel}_port`, info.ports[channel]]));
    await file.writeFile(
      JSON.stringify({
        transport: info.transport,
        ip: info.ip,
        ...ports,
        key: info.key,
        signature_scheme: "hmac-sha256",
        kernel_name: "residency",
      }),
    );
  } finally {
    await file.close();
  }
}

/** Whether Jupyter was told that files cannot be kept private here, by the variable that it has for this. */
const allowInsecure = (): boolean => /^(?:1|true)$/i.test(process.env["JUPYTER_ALLOW_INSECURE_WRITES"] ?? "");

/**
 * Reads a file and makes it private.
 *
 * VS Code writes the connection file for everyone to read; refusing that would refuse VS Code, so the file is mended, and
 * what cannot be mended is refused. What others can write may be theirs, so it is refused in any case.
 */
async function readPrivately(
  path: string,
  fail: (why: string) => never,
  onWarning?: (text: string) => void,
): Promise<string> {
  const file = await open(path, constants.O_RDONLY);
  try {
    const { mode } = await file.stat();
    if (process.platform !== "win32" && (mode & 0o077) !== 0) {
      const octal = (mode & 0o777).toString(8).padStart(4, "0");
      if ((mode & 0o002) !== 0 && !allowInsecure()) {
        fail(`its mode is ${octal}, so anyone could have written it. Use mode 0600, or set ${insecureHint}.`);
      }
      await file.chmod(0o600).catch(() => undefined);
      const isPrivate = ((await file.stat()).mode & 0o077) === 0;
      if (!isPrivate && !allowInsecure()) {
        fail(
          `its mode is ${octal} and cannot be made 0600. Use a folder of your own, or set ${insecureHint}.`,
        );
      }
      const now = isPrivate ? "; its mode is 0600 now" : "";
      onWarning?.(`other users can read the connection file ${path} of mode ${octal}${now}`);
    }
    return await file.readFile("utf8");
  } finally {
    await file.close();
  }
}

const insecureHint = "JUPYTER_ALLOW_INSECURE_WRITES=1 where you trust them";

/** Settings of `readConnectionFile`. */
export interface ReadConnectionFileOptions {
  /** Accept an empty key, so that messages are not signed. */
  allowUnsigned?: boolean;
  /** Called with a sentence when something is unwise but not an error. */
  onWarning?: (text: string) => void;
}

/**
 * Reads and checks a connection file.
 *
 * @throws KernelError E_CONNECTION_FILE when it is missing, malformed, or has no key.
 */
export async function readConnectionFile(
  path: string,
  options: ReadConnectionFileOptions = {},
): Promise<ConnectionInfo> {
  const fail = (why: string): never => {
    throw new KernelError("E_CONNECTION_FILE", `Cannot use the connection file ${path}: ${why}`);
  };
  let value: unknown;
  try {
    value = JSON.parse(await readPrivately(path, fail, options.onWarning));
  } catch (error) {
    if (error instanceof KernelError) throw error;
    return fail("it is missing or not JSON. Start the kernel from Jupyter, which writes this file.");
  }
  if (!isJsonObject(value)) return fail("it is not a JSON object.");
  const { transport, ip, key, signature_scheme: scheme } = value;
  if (transport !== "tcp" && transport !== "ipc") return fail(`transport must be "tcp" or "ipc".`);
  if (typeof ip !== "string" || ip === "") return fail("ip must be a non-empty string.");
  if (typeof key !== "string") return fail("key must be a string.");
  if (scheme !== undefined && scheme !== "hmac-sha256")
    return fail(`signature_scheme must be "hmac-sha256".`);
  if (key === "" && !options.allowUnsigned) {
    return fail("its key is empty, so anyone could run code. Give a key, or pass --allow-unsigned.");
  }
  const ports: Record<Channel, number> = { shell: 0, iopub: 0, stdin: 0, control: 0, hb: 0 };
  for (const channel of channels) {
    const port = value[`${channel}_port`];
    if (typeof port !== "number" || !Number.isInteger(port) || port < 0 || port > 65535) {
      return fail(`${channel}_port must be an integer from 0 to 65535.`);
    }
    ports[channel] = port;
  }
  if (new Set(Object.values(ports)).size !== channels.length) return fail("the five ports must differ.");
  return { transport, ip, ports, key };
}
