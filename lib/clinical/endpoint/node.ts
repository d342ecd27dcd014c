/** Writes an endpoint's patients to a JSON Lines file, one line a patient, and goes on where an earlier run stopped. */
import { ResidencyError } from "../../errors.ts";
import { fs, path } from "../../files/index.ts";
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

/** The patients of the file; a torn last line, of a run that was killed, is taken out of it. */
async function readDone(file: string): Promise<EndpointPatient[]> {
  try {
    fs.mkdirSync(path.dirname(file), { recursive: true });
    if (!fs.existsSync(file)) fs.appendFileSync(file, "");
    const text = await fs.promises.readFile(file, "utf8");
    const whole = text.slice(0, text.lastIndexOf("\n") + 1);
    const patients = whole
      .split("\n")
      .slice(0, -1)
      .map((line, index) => parseLine(line, file, index + 1));
    if (whole !== text) {
      fs.writeFileSync(`${file}.draft`, whole);
      fs.renameSync(`${file}.draft`, file);
    }
    return patients;
  } catch (error) {
    throw error instanceof ResidencyError ? error : unwritable(file, error);
  }
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
  const done = new Map((await readDone(file)).map((patient) => [patient.patientId, patient]));
  const left = cases.filter(({ patientId }) => !done.has(patientId));
  const report = (): void => onProgress?.(cases.length - left.length + written, cases.length);
  let [next, written] = [0, 0];
  let failure: unknown;
  const work = async (): Promise<void> => {
    while (failure === undefined && next < left.length) {
      const patient = await writeEndpointPatient(left[next++]!, options);
      fs.appendFileSync(file, lineOf(patient));
      done.set(patient.patientId, patient);
      written++;
      report();
    }
  };
  report();
  const workers = Array.from({ length: Math.min(concurrency, left.length) }, () =>
    work().catch((error: unknown) => {
      // The others finish the patient that they are at, so that nothing paid for is lost.
      failure ??= error;
    }),
  );
  await Promise.all(workers);
  if (failure !== undefined) throw failure instanceof ResidencyError ? failure : unwritable(file, failure);
  return cases.map(({ patientId }) => done.get(patientId)!);
}

function unwritable(file: string, cause: unknown): ResidencyError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new ResidencyError("E_SAVE", `Cannot write ${file}: ${reason}`, { cause });
}
