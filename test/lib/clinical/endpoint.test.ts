/** The pipeline with a language model: a scripted endpoint on loopback answers, fails, stalls and is counted. */
import assert from "node:assert/strict";
import { appendFile, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createServer, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import {
  absentAnswer,
  createChatClient,
  generatePatients,
  generateWithEndpoint,
  type ChatClientOptions,
} from "../../../lib/clinical/index.ts";

interface Request {
  model: string;
  messages: { role: string; content: string }[];
  max_tokens: number;
}
type Script = (request: Request, response: ServerResponse, index: number) => void;

const patients = [...generatePatients({ patients: 4 })];
const cases = patients.map(({ patientId, caseReport }) => ({ patientId, caseReport }));

function reply(response: ServerResponse, content: string, finish = "stop"): void {
  response.setHeader("content-type", "application/json");
  const usage = { prompt_tokens: 100, completion_tokens: 10 };
  response.end(JSON.stringify({ choices: [{ message: { content }, finish_reason: finish }], usage }));
}

/** What a good model writes: the generator's own note, one question, one answer. */
function good({ messages }: Request, response: ServerResponse): void {
  const asked = messages[1]!.content;
  const patient = patients.find(({ caseReport }) => asked.includes(caseReport));
  if (patient) reply(response, patient.note);
  else if (asked.startsWith("Write one question"))
    reply(response, "Which drugs did the patient go home with?");
  else reply(response, absentAnswer);
}

describe("an endpoint", () => {
  let server: Server;
  let script: Script;
  let requests: { at: number; body: Request; authorization: string | undefined }[];
  let options: ChatClientOptions;
  let folder: string;
  beforeEach(async () => {
    requests = [];
    folder = await mkdtemp(path.join(tmpdir(), "residency-endpoint-"));
    server = createServer((request, response) => {
      let text = "";
      request.on("data", (part: Buffer) => (text += part.toString()));
      request.on("end", () => {
        const body = JSON.parse(text) as Request;
        const { authorization } = request.headers;
        requests.push({ at: performance.now(), body, authorization });
        assert.equal(request.url, "/v1/chat/completions");
        script(body, response, requests.length - 1);
      });
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as AddressInfo;
    const baseUrl = `http://127.0.0.1:${port}/v1/`;
    options = { baseUrl, model: "m", requestsPerMinute: 1e6, retryDelay: 1, apiKey: "secret-key" };
  });
  afterEach(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    await rm(folder, { recursive: true });
  });

  describe("createChatClient", () => {
    const hello = [{ role: "user", content: "private text" }] as const;

    it("sends model, messages and key, and reads text, end and tokens", async () => {
      script = (_request, response) => reply(response, " Hi. ", "length");
      const ask = createChatClient({ ...options, maxTokens: 7 });
      assert.deepEqual(await ask(hello), {
        text: "Hi.",
        truncated: true,
        promptTokens: 100,
        completionTokens: 10,
      });
      assert.equal(requests[0]!.authorization, "Bearer secret-key");
      assert.equal(requests[0]!.body.max_tokens, 7);
      assert.deepEqual(requests[0]!.body.messages, hello);
    });

    it("tries again after 429, 503 and a broken connection, and waits as Retry-After says", async () => {
      script = (_request, response, index) => {
        if (index === 0) response.writeHead(429, { "retry-after": "1" }).end();
        else if (index === 1) response.writeHead(503).end();
        else if (index === 2) response.destroy();
        else reply(response, "yes");
      };
      assert.equal((await createChatClient(options)(hello)).text, "yes");
      assert.equal(requests.length, 4);
      assert.ok(requests[1]!.at - requests[0]!.at >= 950);
    });

    it("gives up with a coded error that shows neither key nor text when tries or rights are used up", async () => {
      for (const [status, tries] of [
        [500, 3],
        [401, 1],
        [404, 1],
        [400, 1],
      ] as const) {
        requests = [];
        script = (_request, response) => response.writeHead(status).end("private text");
        await assert.rejects(
          createChatClient({ ...options, attempts: 3 })(hello),
          (error: Error & { code?: string }) => {
            assert.equal(error.code, "E_ENDPOINT");
            assert.ok(
              error.message.includes(String(status)) && !/secret|private/.test(error.message),
              error.message,
            );
            return true;
          },
        );
        assert.equal(requests.length, tries);
      }
    });

    it("is refused when the answer is no completion, or none comes in time", async () => {
      script = (_request, response) => response.end("<html>");
      await assert.rejects(createChatClient(options)(hello), {
        code: "E_ENDPOINT",
        message: /no chat completion/,
      });
      script = () => undefined;
      const slow = createChatClient({ ...options, attempts: 2, timeout: 40 });
      await assert.rejects(slow(hello), { code: "E_ENDPOINT", message: /no answer after 2 tries/ });
    });

    it("begins requests no faster than the rate, and stops at once when its signal is aborted", async () => {
      script = (_request, response) => reply(response, "yes");
      const paced = createChatClient({ ...options, requestsPerMinute: 600 });
      await Promise.all([paced(hello), paced(hello), paced(hello)]);
      const [first, , third] = requests.map(({ at }) => at);
      assert.ok(third! - first! >= 180, String(third! - first!));
      const abort = new AbortController();
      const slow = createChatClient({ ...options, requestsPerMinute: 1, signal: abort.signal });
      await slow(hello);
      const waiting = slow(hello);
      abort.abort();
      await assert.rejects(waiting, { code: "E_INTERRUPTED" });
    });

    it("is refused with E_CONFIG when an option has a value that is not allowed", () => {
      for (const wrong of [
        { baseUrl: "localhost:1" },
        { baseUrl: "file:///etc" },
        { attempts: 0 },
        { requestsPerMinute: -1 },
        { maxTokens: 1.5 },
        { timeout: NaN },
      ]) {
        assert.throws(() => createChatClient({ ...options, ...wrong }), { code: "E_CONFIG" });
      }
    });
  });

  describe("generateWithEndpoint", () => {
    const tasks = ["Question Answering", "Summarization"] as const;

    it("asks for a note, then a question and an answer a task, and counts what was used", async () => {
      script = good;
      const file = path.join(folder, "new/run.jsonl");
      const progress: number[] = [];
      const written = await generateWithEndpoint(cases, {
        ask: createChatClient(options),
        tasks,
        file,
        onProgress: (done) => progress.push(done),
      });
      assert.deepEqual(
        written.map(({ patientId, rows }) => [patientId, rows.map(({ task }) => task)]),
        cases.map(({ patientId }) => [patientId, [...tasks]]),
      );
      assert.equal(written[0]!.rows[0]!.note, patients[0]!.note);
      assert.equal(requests.length, cases.length * 5);
      assert.ok(written.every(({ promptTokens }) => promptTokens === 500));
      assert.deepEqual(progress, [0, 1, 2, 3, 4]);
    });

    it("goes on after a failure and a torn line, and asks for no patient twice", async () => {
      const file = path.join(folder, "run.jsonl");
      const run = (): ReturnType<typeof generateWithEndpoint> =>
        generateWithEndpoint(cases, { ask: createChatClient(options), tasks, file, concurrency: 1 });
      script = (request, response, index) =>
        index < 12 ? good(request, response) : response.writeHead(400).end();
      await assert.rejects(run(), { code: "E_ENDPOINT" });
      assert.equal((await readFile(file, "utf8")).split("\n").length - 1, 2);
      await appendFile(file, '{"patient_id": 3, "rows": [{"patient');
      script = good;
      requests = [];
      const written = await run();
      assert.equal(requests.length, 10);
      assert.deepEqual(
        written.map(({ patientId }) => patientId),
        cases.map(({ patientId }) => patientId),
      );
      requests = [];
      assert.deepEqual(await run(), written);
      assert.equal(requests.length, 0);
    });

    it("asks anew for what a filter keeps out, and leaves out a task that never gets through", async () => {
      script = (request, response, index) => {
        const asked = request.messages[1]!.content;
        if (index === 0) reply(response, "I'm sorry, I cannot help with medical records.");
        else if (asked.includes("Summarization")) reply(response, "Question: what?");
        else good(request, response);
      };
      const [patient] = await generateWithEndpoint(cases.slice(0, 1), {
        ask: createChatClient(options),
        tasks,
        file: path.join(folder, "run.jsonl"),
        retries: 1,
      });
      assert.deepEqual(patient!.faults, { refusal: 1, remark: 2 });
      assert.deepEqual(
        patient!.rows.map(({ task }) => task),
        ["Question Answering"],
      );
    });

    it("is refused without touching it when the file is of another kind", async () => {
      const file = path.join(folder, "other.jsonl");
      await writeFile(file, '{"private": "text"}\n');
      const run = generateWithEndpoint(cases, { ask: createChatClient(options), tasks, file });
      await assert.rejects(run, { code: "E_DATASET", message: /line 1 is no patient/ });
      assert.equal(await readFile(file, "utf8"), '{"private": "text"}\n');
    });
  });
});
