/** Writes an endpoint's patients to a JSON Lines file, one line a patient, and goes on where an earlier run stopped. */
import { mkdir, open, readFile, truncate } from "node:fs/promises";
import path from "node:path";
import { ResidencyError } from "../../errors.ts";
import { parseClinicalRow } from "../rows.ts";
import { integerField, type JsonRecord } from "../../data/index.ts";
import {
  writeEndpointPatient,
  type EndpointCase,
  type EndpointOptions,
  type EndpointPatient,
} from "./generate.ts";

/** Where to write, and how. */
export interface EndpointRunOptions extends EndpointOptions {
  file: string;
  /** Patients in work at a time (default: 4); the client's rate limit holds for all together. */
  concurrency?: number;
  onProgress?: (done: number, total: number) => void;
}

/** The whole lines of the file, and where they end; a torn last line of a run that was killed is not one. */
async function readDone(file: string): Promise<{ patients: EndpointPatient[]; end: number }> {
  let text: string;
  try {
    text = await readFile(file, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return { patients: [], end: 0 };
    throw unwritable(file, error);
  }
  const whole = text.slice(0, text.lastIndexOf("\n") + 1);
  const patients = whole
    .split("\n")
    .slice(0, -1)
    .map((line, index) => parseLine(line, file, index + 1));
  return { patients, end: Buffer.byteLength(whole) };
}

function parseLine(line: string, file: string, number: number): EndpointPatient {
  try {
    const record = JSON.parse(line) as JsonRecord & Omit<EndpointPatient, "patientId" | "rows">;
    const rows = (record["rows"] as JsonRecord[]).map(parseClinicalRow);
    const { faults, promptTokens, completionTokens } = record;
    return { patientId: integerField(record, "patient_id"), rows, faults, promptTokens, completionTokens };
  } catch {
    throw new ResidencyError(
      "E_DATASET",
      `${file}: line ${number} is no patient of an earlier run; give another file`,
    );
  }
}

function lineOf({ patientId, rows, ...rest }: EndpointPatient): string {
  const records = rows.map(({ patientId: id, note, question, answer, task }) => ({
    patient_id: id,
    note,
    question,
    answer,
    task,
  }));
  return `${JSON.stringify({ patient_id: patientId, rows: records, ...rest })}\n`;
}

/**
 * Writes every case that the file does not hold yet, and gives all patients of the file in the order of `cases`.
 *
 * @throws ResidencyError E_ENDPOINT or E_INTERRUPTED of the client (what is written stays, and the next run goes on from
 *   it), E_DATASET when the file is of another kind, E_SAVE when it cannot be written, E_CONFIG.
 * @example
 * const cases = [{ patientId: 1, caseReport: "A 60-year-old man had a cough for three days." }];
 * const reply = { choices: [{ message: { content: "I cannot write this." } }] };
 * const fetch = async () => Response.json(reply); // in place of a server's answers
 * const ask = createChatClient({ baseUrl: "http://127.0.0.1:8000/v1", model: "qwen", fetch });
 * const options = { ask, tasks: clinicalTasks, retries: 0, file: "out/endpoint.jsonl" };
 * (await generateWithEndpoint(cases, options)).map(({ faults }) => faults); // → [{ refusal: 1 }]
 */
export async function generateWithEndpoint(
  cases: readonly EndpointCase[],
  { file, concurrency = 4, onProgress, ...options }: EndpointRunOptions,
): Promise<EndpointPatient[]> {
  if (!Number.isSafeInteger(concurrency) || concurrency < 1) {
    throw new ResidencyError(
      "E_CONFIG",
      `Cannot use concurrency ${concurrency}: give a whole number of at least 1`,
    );
  }
  const { patients, end } = await readDone(file);
  const done = new Map(patients.map((patient) => [patient.patientId, patient]));
  const left = cases.filter(({ patientId }) => !done.has(patientId));
  const report = (): void => onProgress?.(cases.length - left.length + written, cases.length);
  let [next, written] = [0, 0];
  const output = await openAt(file, end);
  let failure: unknown;
  const work = async (): Promise<void> => {
    while (failure === undefined && next < left.length) {
      const patient = await writeEndpointPatient(left[next++]!, options);
      await output.appendFile(lineOf(patient));
      done.set(patient.patientId, patient);
      written++;
      report();
    }
  };
  try {
    report();
    const workers = Array.from({ length: Math.min(concurrency, left.length) }, () =>
      work().catch((error: unknown) => {
        // The others finish the patient that they are at, so that nothing paid for is lost.
        failure ??= error;
      }),
    );
    await Promise.all(workers);
  } finally {
    await output.close();
  }
  if (failure !== undefined) throw failure instanceof ResidencyError ? failure : unwritable(file, failure);
  return cases.map(({ patientId }) => done.get(patientId)!);
}

async function openAt(file: string, end: number): Promise<Awaited<ReturnType<typeof open>>> {
  try {
    await mkdir(path.dirname(file), { recursive: true });
    const output = await open(file, "a");
    await truncate(file, end);
    return output;
  } catch (error) {
    throw unwritable(file, error);
  }
}

function unwritable(file: string, cause: unknown): ResidencyError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new ResidencyError("E_SAVE", `Cannot write ${file}: ${reason}`, { cause });
}
