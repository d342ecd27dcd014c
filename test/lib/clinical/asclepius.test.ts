/** The reader of Asclepius' CSV: pieces cut anywhere, filters, limits, and errors that show no text. */
import assert from "node:assert/strict";
import { readAsclepius, type AsclepiusOptions, type ClinicalRow } from "../../../lib/clinical/index.ts";

const head = "patient_id,note,question,answer,task\r\n";
const csv =
  head +
  '1,"Name: N/A\nHPI: ""chest pain"", cough",What?,Chest pain.,Named Entity Recognition\r\n' +
  '2,short,"When, exactly?",Änderung am 3. Tag.,Temporal Information Extraction\r\n' +
  "3,short,Sum up.,All well.,Summarization\r\n";

async function read(text: string, options?: AsclepiusOptions, size = text.length): Promise<ClinicalRow[]> {
  const bytes = new TextEncoder().encode(text);
  const pieces = Array.from({ length: Math.ceil(bytes.length / size) }, (_, index) =>
    bytes.slice(index * size, (index + 1) * size),
  );
  const rows: ClinicalRow[] = [];
  for await (const row of readAsclepius(pieces, options)) rows.push(row);
  return rows;
}

describe("readAsclepius", () => {
  it("reads quotes, line breaks and any letters, wherever the pieces are cut", async () => {
    const whole = await read(csv);
    assert.deepEqual(whole[0], {
      patientId: 1,
      note: 'Name: N/A\nHPI: "chest pain", cough',
      question: "What?",
      answer: "Chest pain.",
      task: "Named Entity Recognition",
    });
    assert.equal(whole[1]!.answer, "Änderung am 3. Tag.");
    assert.equal(whole.length, 3);
    for (const size of [1, 2, 3, 7, 50]) assert.deepEqual(await read(csv, {}, size), whole);
    assert.deepEqual(await read(`\uFEFF${csv.trimEnd()}`), whole);
  });

  it("gives the rows of the wanted tasks, lengths and condition, and reads no further than the limit", async () => {
    const ids = async (options: AsclepiusOptions): Promise<number[]> =>
      (await read(csv, options)).map(({ patientId }) => patientId);
    assert.deepEqual(await ids({ tasks: ["Summarization", "Named Entity Recognition"] }), [1, 3]);
    assert.deepEqual(await ids({ maxCharacters: 30 }), [3]);
    assert.deepEqual(await ids({ filter: ({ question }) => question.startsWith("W") }), [1, 2]);
    assert.deepEqual(await ids({ limit: 0 }), []);
    let pulled = 0;
    const pieces = function* (): Generator<string> {
      for (const line of csv.split("\r\n")) {
        pulled++;
        yield `${line}\r\n`;
      }
    };
    for await (const row of readAsclepius(pieces(), { limit: 1 })) assert.equal(row.patientId, 1);
    assert.equal(pulled, 2);
  });

  it("names the record and not its content when the text is not this CSV", async () => {
    for (const [text, message] of [
      ["", /empty/],
      ["a,b\n1,secret\n", /columns patient_id, note/],
      [`${head}1,n,q,a,secret\n`, /Record 2.*"task"/],
      [`${head}secret,n,q,a,Summarization\n`, /Record 2.*"patient_id"/],
      [`${head}1,n,q\n`, /Record 2.*"task"/],
      [`${head}1,"secret\n`, /Record 2.*does not end/],
      [`${head}1,se"cret,q,a,Summarization\n`, /Record 2.*quote/],
      [`${head}1,"se"cret,q,a,Summarization\n`, /Record 2.*quote/],
    ] as const) {
      await assert.rejects(read(text), (error: Error & { code?: string }) => {
        assert.equal(error.code, "E_DATASET", text);
        assert.match(error.message, message);
        assert.ok(!/secret|cret/.test(error.message), error.message);
        return true;
      });
    }
    const invalid = [new Uint8Array([...new TextEncoder().encode(head), 0xff, 0xfe])];
    await assert.rejects(readAsclepius(invalid).next(), { code: "E_DATASET", message: /UTF-8/ });
  });

  it("is refused with E_CONFIG when limit or length is not allowed", async () => {
    await assert.rejects(read(csv, { limit: -1 }), { code: "E_CONFIG" });
    await assert.rejects(read(csv, { maxCharacters: 0 }), { code: "E_CONFIG" });
  });
});
