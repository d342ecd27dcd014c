/** The executor's way to the kernel: messages in order, written text gathered into larger pieces. */
import { StringDecoder } from "node:string_decoder";
import { currentCell } from "./cell-context.ts";
import type { FromExecutor } from "./messages.ts";

const maxBuffered = 16_384;
/** Pieces that may be sent at once one after another, and how often another one may. */
const burst = 16;
const flushIntervalMs = 5;
/** Characters that one cell may write; a notebook with more could not be opened. */
const maxWritten = 32 * 1024 * 1024;

/** Characters on their way to the kernel above which who writes is asked to wait, and below which it may go on. */
const [highWater, lowWater] = [1024 * 1024, 256 * 1024];

let buffered: { cell: number; name: "stdout" | "stderr"; text: string } | undefined;
let allowance = burst;
let allowedAt = 0;
let scheduled = false;
let underWay = 0;
let isFull = false;

/** Sends a message after all text that was written before it. */
export function send(message: FromExecutor): void {
  flush();
  process.send?.(message);
}

/** Sends the text that is waiting. */
export function flush(): void {
  if (!buffered) return;
  const message: FromExecutor = { type: "stream", ...buffered };
  buffered = undefined;
  const { length } = message.text;
  underWay += length;
  if (underWay >= highWater) isFull = true;
  process.send?.(message, undefined, undefined, () => arrived(length));
}

/** A program that writes faster than the kernel reads would fill the memory, and keep the thread from hearing an interrupt. */
function arrived(length: number): void {
  underWay -= length;
  if (!isFull || underWay > lowWater) return;
  isFull = false;
  for (const name of ["stdout", "stderr"] as const) process[name].emit("drain");
}

/** Takes text that the running cell wrote. */
export function writeText(name: "stdout" | "stderr", text: string): void {
  if (text === "") return;
  const context = currentCell();
  const { cell } = context;
  if (context.written > maxWritten) return;
  if (context.sink) {
    context.sink.write(name, text);
    return;
  }
  context.written += text.length;
  if (buffered && (buffered.cell !== cell || buffered.name !== name)) flush();
  buffered = { cell, name, text: (buffered?.text ?? "") + text };
  if (context.written > maxWritten) {
    const kept = text.length - (context.written - maxWritten);
    const notice = `\n[output cut: the cell wrote more than ${maxWritten / 1024 ** 2} million characters]\n`;
    buffered.text = buffered.text.slice(0, buffered.text.length - text.length + kept) + notice;
  }
  // A cell that writes a few lines and then computes shows them before it does; a loop that writes is gathered.
  if (buffered.text.length > maxBuffered || takeAllowance()) flush();
  else scheduleFlush();
}

function takeAllowance(): boolean {
  const now = performance.now();
  allowance = Math.min(burst, allowance + (now - allowedAt) / flushIntervalMs);
  allowedAt = now;
  if (allowance < 1) return false;
  allowance -= 1;
  return true;
}

const setImmediateOutside = setImmediate;

function scheduleFlush(): void {
  if (scheduled) return;
  scheduled = true;
  setImmediateOutside(() => {
    scheduled = false;
    flush();
  });
}

/** Sends what `process.stdout` and `process.stderr` are given to the notebook. */
export function captureStreams(): void {
  for (const name of ["stdout", "stderr"] as const) {
    // A character may be split between two writes of bytes.
    const bytes = new StringDecoder("utf8");
    type Callback = (error?: Error | null) => void;
    const write = (
      chunk: Uint8Array | string,
      encoding?: BufferEncoding | Callback,
      callback?: Callback,
    ): boolean => {
      const from = typeof encoding === "string" ? encoding : "utf8";
      writeText(name, typeof chunk === "string" ? decode(chunk, from) : bytes.write(Buffer.from(chunk)));
      const done = typeof encoding === "function" ? encoding : callback;
      if (done) process.nextTick(done);
      return !isFull;
    };
    process[name].write = write;
  }
}

function decode(text: string, encoding: BufferEncoding): string {
  return encoding === "hex" || encoding === "base64" ? Buffer.from(text, encoding).toString("utf8") : text;
}
