/** Torture of the process that runs cells: it dies in every way, and runs out of memory. */
import assert from "node:assert/strict";
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { stringAt } from "../../kernel/protocol/index.ts";
import { runCell, startTestKernel } from "../kernel/session.ts";
import { residentMegabytes, startRawKernel } from "./raw-kernel.ts";

describe("torture: executor", function () {
  this.timeout(20_000);
  before(function () {
    if (process.platform !== "linux") this.skip();
  });

  it("7. a cell that exits, aborts or kills its process fails with the reason, and the next cell runs", async () => {
    const own = await startTestKernel();
    try {
      const exit = await runCell(own, "let state = 1; process.exit(0)");
      assert.ok(exit.reply.status === "error");
      assert.equal(exit.reply.ename, "ProcessExit");
      assert.equal((await runCell(own, "state")).result, "1");
      const deaths: [string, RegExp][] = [
        ["process.abort()", /signal SIGABRT/],
        ["process.kill(process.pid, 'SIGKILL'); await new Promise(() => {})", /signal SIGKILL/],
        ["process.reallyExit(3)", /exit code 3/],
        // A child that holds the executor's pipes open must not hide its death.
        [
          "const { spawn } = await import('node:child_process'); var sleep = spawn('sleep', ['20'], { stdio: 'inherit' }); console.log(sleep.pid); process.kill(process.pid, 'SIGKILL'); await new Promise(() => {})",
          /signal SIGKILL/,
        ],
      ];
      for (const [code, why] of deaths) {
        const started = performance.now();
        const { reply, text } = await runCell(
          own,
          code.replace("process.reallyExit", "(process as any).reallyExit"),
        );
        assert.ok(reply.status === "error", code);
        assert.equal(reply.ename, "ExecutorDied", code);
        assert.match(reply.evalue, why);
        assert.match(reply.evalue, /all variables are lost/);
        assert.ok(performance.now() - started < 5000, `${code}: ${performance.now() - started} ms`);
        assert.equal((await runCell(own, "1 + 1")).result, "2");
        if (/^\d+$/m.test(text)) process.kill(Number(/^\d+$/m.exec(text)?.[0]), "SIGKILL");
      }
    } finally {
      await own.shutdown();
    }
  });

  it("7. the kernel lives when cells, answers and comm messages come while the executor is dying", async () => {
    const own = await startTestKernel();
    let written = "";
    own.onIopub((message) => (written += message.type === "stream" ? message.content.text : ""));
    try {
      await runCell(
        own,
        "import { comms } from 'residency/cell';\ncomms.register('t', (comm) => comm.onMessage(() => undefined));",
      );
      await own.sendComm({ type: "comm_open", comm_id: "c", target_name: "t" });
      // A child that holds the pipes open lets a fifth of a second pass between the end and its notice.
      const dying =
        "const { spawn } = await import('node:child_process'); var sleep = spawn('sleep', ['3'], { stdio: 'inherit' }); setTimeout(() => process.kill(process.pid, 'SIGKILL'), 5);";
      for (let round = 0; round < 3; round++) {
        await runCell(own, dying);
        const sent: Promise<unknown>[] = [];
        for (let message = 0; message < 30; message++) {
          sent.push(own.sendComm({ type: "comm_msg", comm_id: "c", data: {} }));
          if (message % 10 === 0) sent.push(runCell(own, "1"));
          await new Promise((resolve) => setTimeout(resolve, 10));
        }
        await Promise.all(sent);
        assert.doesNotMatch(written, /the executor:/);
        assert.equal((await runCell(own, "1 + 1")).result, "2");
      }
    } finally {
      await own.shutdown();
    }
  });

  it("7. an executor that dies at its start is not started for ever, and its cell says why", async () => {
    const own = await startRawKernel({ env: { RESIDENCY_MEMORY_LIMIT_MB: "10" } });
    try {
      const deaths = (): number => own.log().split("the process that runs cells ended").length - 1;
      const code = "await new Promise((resolve) => setTimeout(resolve, 10_000));";
      for (let round = 0; round < 2; round++) {
        const reply = await own.client.send("shell", "execute_request", { code });
        assert.equal(reply["ename"], "ExecutorDied");
        assert.match(stringAt(reply, "evalue") ?? "", /the limit is 10 MB/);
      }
      // Time for more, were there no end to it.
      await new Promise((resolve) => setTimeout(resolve, 1000));
      assert.ok(deaths() >= 2 && deaths() <= 5, own.log());
      const reply = await own.client.send("shell", "execute_request", { code });
      assert.match(stringAt(reply, "evalue") ?? "", /the limit is 10 MB.* the next cell starts a new one$/);
    } finally {
      await own.stop();
    }
  });

  it("7. a cell fails with the reason when the notebook's folder is gone, and runs when it is back", async () => {
    const folder = await mkdtemp(path.join(os.tmpdir(), "residency-test-"));
    const own = await startTestKernel({ cwd: folder });
    try {
      assert.equal((await runCell(own, "let before = 1; before")).result, "1");
      await rm(folder, { recursive: true });
      await runCell(own, "process.abort()");
      for (let round = 0; round < 4; round++) {
        const { reply } = await runCell(own, "1 + 1");
        assert.ok(reply.status === "error");
        assert.equal(reply.ename, "ExecutorDied");
        assert.match(reply.evalue, /could not be started: .*; its folder \S+ is not there any more; /);
      }
      await mkdir(folder);
      assert.equal((await runCell(own, "1 + 1")).result, "2");
    } finally {
      await own.shutdown();
      await rm(folder, { recursive: true, force: true });
    }
  });

  it("9. a cell that fills JavaScript's heap fails with the limit, and the kernel stays small", async () => {
    const own = await startTestKernel({ env: { ...process.env, NODE_OPTIONS: "--max-old-space-size=160" } });
    try {
      const { reply } = await runCell(
        own,
        "const all: unknown[] = []; for (;;) all.push(new Array(1000).fill(all.length));",
      );
      assert.ok(reply.status === "error");
      assert.equal(reply.ename, "ExecutorDied");
      assert.match(
        reply.evalue,
        /heap was full; the limit is \d+ MB, which NODE_OPTIONS=--max-old-space-size=MB/,
      );
      assert.ok((await residentMegabytes(own.pid)) < 300);
      assert.equal((await runCell(own, "1 + 1")).result, "2");
    } finally {
      await own.shutdown();
    }
  });

  const buffers: [string, string][] = [
    ["at once", "for (let i = 0; i < 20; i++) all.push(Buffer.alloc(500 * 2 ** 20, 1));"],
    [
      "bit by bit",
      "for (;;) { all.push(Buffer.alloc(20 * 2 ** 20, 1)); await new Promise((r) => setTimeout(r, 1)); }",
    ],
  ];
  for (const [how, code] of buffers) {
    it(`9. a cell that fills buffers ${how} is ended at the limit of memory, and says so`, async () => {
      const own = await startTestKernel({ env: { ...process.env, RESIDENCY_MEMORY_LIMIT_MB: "250" } });
      try {
        const { reply } = await runCell(own, `const all: Buffer[] = []; ${code}`);
        assert.ok(reply.status === "error");
        assert.equal(reply.ename, "ExecutorDied");
        assert.match(reply.evalue, /used \d+ MB of memory; the limit is 250 MB, .*RESIDENCY_MEMORY_LIMIT_MB/);
        assert.equal((await runCell(own, "1 + 1")).result, "2");
        assert.ok((await residentMegabytes(own.pid)) < 300);
      } finally {
        await own.shutdown();
      }
    });
  }
});
