/** Writes a corpus whose notes, questions and answers come from a language model behind an endpoint; goes on where it stopped. */
import { mkdir, readFile } from "node:fs/promises";
import path from "node:path";
import { writeAtomically } from "../../grader/index.ts";
import {
  clinicalTasks,
  corpusSplits,
  createChatClient,
  estimateEndpointCost,
  generatePatients,
  generateWithEndpoint,
  noteLine,
  type ChatClientOptions,
  type CorpusPatient,
  type EndpointCost,
  type EndpointPatient,
} from "../../lib/clinical/index.ts";
import { ResidencyError } from "../../lib/index.ts";
import type { WrittenFile } from "./write-corpus.ts";

/** What to write about, by which model, and where. */
export interface EndpointCorpusOptions {
  patients: number;
  seed: number;
  folder: string;
  client: ChatClientOptions;
  /** Patients in work at a time. */
  concurrency: number;
  onProgress?: (done: number, total: number) => void;
}

/** What was written, and what the endpoint counted for all of it, earlier runs included. */
export interface EndpointCorpus {
  files: WrittenFile[];
  /** Patients whose note no try got right; they have no rows. */
  withoutNote: number;
  /** How often each fault kept a text out. */
  faults: Record<string, number>;
  promptTokens: number;
  completionTokens: number;
}

/** Prices for a million tokens, and how fast requests may begin. */
export type EndpointPrices = Pick<
  Parameters<typeof estimateEndpointCost>[0],
  "promptPrice" | "completionPrice" | "requestsPerMinute"
>;

const draftName = "endpoint.jsonl";
const settingsName = "endpoint.json";

const cases = (patients: number, seed: number): CorpusPatient[] => [...generatePatients({ patients, seed })];

/**
 * What a run from the start would cost.
 *
 * @throws ResidencyError E_CONFIG when a price is negative or the rate is not above 0.
 */
export function endpointCorpusCost(patients: number, seed: number, prices: EndpointPrices): EndpointCost {
  const caseReports = cases(patients, seed).map(({ caseReport }) => caseReport);
  return estimateEndpointCost({ caseReports, tasks: clinicalTasks, ...prices });
}

/**
 * Has the model write every patient that DIR/endpoint.jsonl does not hold yet, then notes.jsonl and a file of questions a split.
 *
 * @throws ResidencyError E_ENDPOINT or E_INTERRUPTED (what is written stays, and the next run goes on from it), E_CONFIG when the
 *   folder holds a run of another model or seed, E_DATASET, E_SAVE.
 */
export async function writeEndpointCorpus(options: EndpointCorpusOptions): Promise<EndpointCorpus> {
  const { patients, seed, folder, client, concurrency, onProgress } = options;
  const ask = createChatClient(client);
  await claimFolder(folder, { model: client.model, seed });
  const all = cases(patients, seed);
  const done = await generateWithEndpoint(all, {
    ...{ ask, tasks: clinicalTasks, concurrency, file: path.join(folder, draftName) },
    ...(onProgress ? { onProgress } : {}),
  });
  const sum = (of: (patient: EndpointPatient) => number): number =>
    done.reduce((total, patient) => total + of(patient), 0);
  const faults: Record<string, number> = {};
  for (const patient of done)
    for (const [fault, count] of Object.entries(patient.faults)) faults[fault] = (faults[fault] ?? 0) + count;
  return {
    files: await writeFiles(folder, all, done),
    withoutNote: done.filter(({ rows }) => rows.length === 0).length,
    faults,
    promptTokens: sum(({ promptTokens }) => promptTokens),
    completionTokens: sum(({ completionTokens }) => completionTokens),
  };
}

/** Notes whose patients have rows, and the rows by split; the corpus's names and columns, without facts, which only its own texts have. */
async function writeFiles(
  folder: string,
  patients: readonly CorpusPatient[],
  done: readonly EndpointPatient[],
): Promise<WrittenFile[]> {
  const lines = new Map<string, string[]>(["notes", ...corpusSplits].map((name) => [name, []]));
  for (const [index, { rows }] of done.entries()) {
    const patient = patients[index]!;
    const note = rows[0]?.note;
    if (note === undefined) continue;
    lines.get("notes")!.push(noteLine({ ...patient, note }));
    for (const { patientId, ...row } of rows)
      lines.get(patient.split)!.push(`${JSON.stringify({ patient_id: patientId, ...row })}\n`);
  }
  const files: WrittenFile[] = [];
  for (const [name, own] of lines) {
    const file = path.join(folder, `${name}.jsonl`);
    await writeAtomically(file, own.join("")).catch((error: unknown) => {
      throw unwritable(folder, error);
    });
    files.push({ file, rows: own.length });
  }
  return files;
}

/** Notes in the folder whose run it holds; patients of two models or seeds must not meet in one corpus. */
async function claimFolder(folder: string, settings: { model: string; seed: number }): Promise<void> {
  const file = path.join(folder, settingsName);
  const wanted = `${JSON.stringify(settings)}\n`;
  const present = await readFile(file, "utf8").catch(() => undefined);
  if (present === wanted) return;
  if (present !== undefined) {
    throw new ResidencyError(
      "E_CONFIG",
      `Cannot go on in ${folder}: it holds a run of another model or seed (${settingsName}); give its own, or another --out`,
    );
  }
  try {
    await mkdir(folder, { recursive: true });
    await writeAtomically(file, wanted);
  } catch (error) {
    throw unwritable(folder, error);
  }
}

function unwritable(folder: string, cause: unknown): ResidencyError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new ResidencyError("E_SAVE", `Cannot write the corpus to ${folder}: ${reason}`, { cause });
}
