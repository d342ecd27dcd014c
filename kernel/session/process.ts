/** The life of the kernel process: its connection file, its signals, and its parent. */
import { readConnectionFile } from "../protocol/index.ts";
import { startKernel } from "./kernel.ts";

/** Settings of `runKernelProcess`. */
export interface KernelProcessOptions {
  connectionFile: string;
  /** Accept a connection file without a key. */
  allowUnsigned?: boolean;
}

const parentCheckMs = 500;

/** Runs a kernel until it is asked to end or its parent is gone; gives the exit code. */
export async function runKernelProcess(options: KernelProcessOptions): Promise<number> {
  const log = (text: string): void => void process.stderr.write(`[residency] ${text}\n`);
  const connection = await readConnectionFile(options.connectionFile, {
    allowUnsigned: options.allowUnsigned ?? false,
    onWarning: log,
  });
  const kernel = await startKernel({ connection, folder: process.cwd(), log });
  const ended = new Promise<void>((resolve) => {
    const parent = process.ppid;
    process.on("SIGINT", () => kernel.interrupt());
    process.on("SIGTERM", () => resolve());
    process.on("SIGHUP", () => resolve());
    process.on("disconnect", () => resolve());
    // A kernel whose Jupyter was killed would stay for ever.
    setInterval(() => process.ppid !== parent && resolve(), parentCheckMs).unref();
    void kernel.shutdown.then(resolve);
  });
  await ended;
  await kernel.close();
  return 0;
}
