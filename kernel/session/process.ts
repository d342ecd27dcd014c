/** The life of the kernel process: its connection file, its signals, and its parent. */
import { rm, rmdir } from "node:fs/promises";
import path from "node:path";
import { setFlagsFromString } from "node:v8";
import { readConnectionFile } from "../protocol/index.ts";
import { startCellLanguage } from "../language/start-language.ts";
import { isAlive } from "../processes/index.ts";
import { startExecutor } from "./executor-process.ts";
import { historyFilePath, openHistoryFile } from "./history-file.ts";

/** Settings of `runKernelProcess`. */
export interface KernelProcessOptions {
  connectionFile: string;
  /** Accept a connection file without a key. */
  allowUnsigned?: boolean;
  /** Keep inputs for later sessions, as RESIDENCY_HISTORY says (default false: programs that run cells leave no trace). */
  keepHistory?: boolean;
}

const parentCheckMs = 200;

/** As early as possible: a parent that dies while the kernel starts is missed otherwise. */
const parent = process.ppid;

/** Whether the parent was gone before this process could ask for it; Jupyter tells kernels who it is. */
function isOrphanAtStart(): boolean {
  const jupyter = Number(process.env["JPY_PARENT_PID"]);
  return parent === 1 && jupyter > 1 && !isAlive(jupyter);
}

/** Removes the connection file, and the folder that `launchKernel` made for it where nothing else is in it. */
async function removeConnection(file: string): Promise<void> {
  await rm(file, { force: true });
  const folder = path.dirname(path.resolve(file));
  if (path.basename(folder).startsWith("residency-")) await rmdir(folder).catch(() => undefined);
}

/** Runs a kernel until it is asked to end or its parent is gone; gives the exit code. */
export async function runKernelProcess(options: KernelProcessOptions): Promise<number> {
  // Whoever read the log may be gone.
  process.stderr.on("error", () => undefined);
  const log = (text: string): void => void process.stderr.write(`[residency] ${text}\n`);
  // A fault of ours in one answer must not cost the notebook its variables.
  const survive = (reason: unknown): void => {
    const text = reason instanceof Error ? (reason.stack ?? reason.message) : String(reason);
    log(`an error that nothing took: ${text}`);
  };
  process.on("unhandledRejection", survive);
  process.on("uncaughtException", survive);
  const connection = await readConnectionFile(options.connectionFile, {
    allowUnsigned: options.allowUnsigned ?? false,
    onWarning: log,
  });
  const language = startCellLanguage(process.cwd());
  const executor = startExecutor(process.cwd());
  // The rest, ZeroMQ above all, takes 50 ms to load, which the other processes need not wait for.
  const { startKernel } = await import("./kernel.ts");
  const file = options.keepHistory ? historyFilePath() : undefined;
  const historyFile = file === undefined ? undefined : openHistoryFile({ file, log });
  const kernel = await startKernel({ connection, language, executor, historyFile, log });
  // What requests leave behind is collected in small bites; as V8 would have it, 25 MB of it lie around. Not before the
  // start, since Node's own modules are not taken from its code cache where flags have been changed.
  setFlagsFromString("--semi-space-growth-factor=1");
  const isOrphan = await new Promise<boolean>((resolve) => {
    process.on("SIGINT", () => kernel.interrupt());
    process.on("SIGTERM", () => resolve(false));
    process.on("SIGHUP", () => resolve(false));
    process.on("disconnect", () => resolve(true));
    // A kernel whose Jupyter was killed would stay for ever.
    if (isOrphanAtStart()) resolve(true);
    const checkParent = (): void => {
      // Windows gives an orphan no other parent.
      if (process.ppid !== parent || !isAlive(parent)) resolve(true);
    };
    setInterval(checkParent, parentCheckMs).unref();
    void kernel.shutdown.then(() => resolve(false));
  });
  await kernel.close();
  // Otherwise whoever started the kernel removes the file, or uses it again for a restart.
  if (isOrphan) await removeConnection(options.connectionFile);
  return 0;
}
