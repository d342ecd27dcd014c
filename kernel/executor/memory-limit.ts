/** The most memory that cells may use, watched by a thread that the cells cannot block. */
import os from "node:os";

/** The environment variable that sets the limit, in megabytes of 2^20 bytes. */
export const memoryLimitVariable = "RESIDENCY_MEMORY_LIMIT_MB";

const megabyte = 1024 ** 2;
const checkIntervalMs = 50;
/** Beyond this part of the machine's memory, the system would end some process, and not always this one. */
const defaultPart = 0.9;

/** The limit in bytes: the variable's, or most of what the machine or its container has. */
export function memoryLimit(): number {
  const wanted = Number(process.env[memoryLimitVariable]);
  if (wanted > 0) return wanted * megabyte;
  const constrained = process.constrainedMemory();
  return defaultPart * Math.min(os.totalmem(), constrained > 0 ? constrained : Infinity);
}

/**
 * Calls `onExceeded` once, with a sentence, when the process uses more memory than the limit.
 *
 * What counts is memory that lies in RAM, buffers and native code included, which no limit of V8 bounds.
 */
export function watchMemory(onExceeded: (why: string) => void): void {
  const limit = memoryLimit();
  const timer = setInterval(() => {
    const used = process.memoryUsage.rss();
    if (used <= limit) return;
    clearInterval(timer);
    onExceeded(
      `it used ${Math.round(used / megabyte)} MB of memory; the limit is ${Math.round(limit / megabyte)} MB, ` +
        `which the environment variable ${memoryLimitVariable} changes`,
    );
  }, checkIntervalMs);
  timer.unref();
}
