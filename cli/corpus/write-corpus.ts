/** Writes the generated corpus as JSON Lines, patient by patient, and takes its place only when it is whole. */
import { once } from "node:events";
import { createWriteStream } from "node:fs";
import { mkdir, rename, rm } from "node:fs/promises";
import path from "node:path";
import type { Writable } from "node:stream";
import { finished } from "node:stream/promises";
import { createGzip } from "node:zlib";
import {
  corpusSplits,
  generatePatients,
  instructionLines,
  noteLine,
  type CorpusOptions,
} from "../../lib/clinical/index.ts";
import { ResidencyError } from "../../lib/index.ts";

/** What to write, and where. */
export interface WriteCorpusOptions extends CorpusOptions {
  patients: number;
  folder: string;
  /** Whether the files are compressed, and named .jsonl.gz. */
  gzip: boolean;
  onProgress?: (done: number, total: number) => void;
  /** Stops between patients; nothing is left behind then. */
  signal?: AbortSignal;
}

/** A file that was written. */
export interface WrittenFile {
  file: string;
  rows: number;
}

/** Patients between two reports of progress, and two looks at the signal. */
const batch = 50;

interface Sink extends WrittenFile {
  temporary: string;
  input: Writable;
  done: Promise<void>;
}

function openSink(file: string, gzip: boolean): Sink {
  const temporary = `${file}.${process.pid}.tmp`;
  const output = createWriteStream(temporary);
  if (!gzip) return { file, temporary, rows: 0, input: output, done: finished(output) };
  const input = createGzip({ level: 9 });
  input.pipe(output);
  return { file, temporary, rows: 0, input, done: finished(output) };
}

async function put(sink: Sink, text: string, rows: number): Promise<void> {
  sink.rows += rows;
  if (text !== "" && !sink.input.write(text)) await Promise.race([once(sink.input, "drain"), sink.done]);
}

/**
 * Writes notes.jsonl (every patient, with split and case report) and one file of questions a split.
 *
 * @throws ResidencyError E_INTERRUPTED when the signal stops it, E_SAVE when a file cannot be written.
 */
export async function writeCorpus(options: WriteCorpusOptions): Promise<WrittenFile[]> {
  const { folder, gzip, patients, onProgress, signal, ...rest } = options;
  const ending = gzip ? ".jsonl.gz" : ".jsonl";
  try {
    await mkdir(folder, { recursive: true });
  } catch (error) {
    throw unwritable(folder, error);
  }
  const open = (name: string): Sink => openSink(path.join(folder, name + ending), gzip);
  const notes = open("notes");
  const rows = { train: open("train"), validation: open("validation"), test: open("test") };
  const sinks = [notes, ...corpusSplits.map((split) => rows[split])];
  // Without this a failing disk would be an unhandled rejection before it is waited for.
  for (const { done } of sinks) done.catch(() => undefined);
  try {
    let count = 0;
    for (const patient of generatePatients({ ...rest, patients })) {
      if (count % batch === 0) {
        await new Promise((resolve) => setImmediate(resolve));
        if (signal?.aborted)
          throw new ResidencyError("E_INTERRUPTED", `Stopped after ${count} patients; nothing was written`);
        onProgress?.(count, patients);
      }
      await put(notes, noteLine(patient), 1);
      await put(rows[patient.split], instructionLines(patient), patient.instructions.length);
      count++;
    }
    for (const sink of sinks) sink.input.end();
    await Promise.all(sinks.map(({ done }) => done));
    for (const { temporary, file } of sinks) await rename(temporary, file);
    onProgress?.(patients, patients);
    return sinks.map(({ file, rows: written }) => ({ file, rows: written }));
  } catch (error) {
    for (const sink of sinks) sink.input.destroy();
    await Promise.all(sinks.map(({ temporary }) => rm(temporary, { force: true })));
    throw error instanceof Error && "syscall" in error ? unwritable(folder, error) : error;
  }
}

function unwritable(folder: string, cause: unknown): ResidencyError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new ResidencyError("E_SAVE", `Cannot write the corpus to ${folder}: ${reason}`, { cause });
}
