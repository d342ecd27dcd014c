/** Tests of what cells use in place of magic commands: `$`, `time`, `timeit`, `env`, `cd`. */
import assert from "node:assert/strict";
import { mkdtemp, mkdir, readFile, realpath, rm, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import type { IopubMessage, KernelClient } from "../../kernel/index.ts";
import { processTree } from "../../kernel/processes/index.ts";
import { runCell, startTestKernel } from "./session.ts";
import type { CellRun } from "./session.ts";

describe("residency/cell", function () {
  this.timeout(20_000);
  let kernel: KernelClient;
  let folder: string;
  before(async function () {
    if (process.platform === "win32") this.skip();
    folder = await realpath(await mkdtemp(path.join(os.tmpdir(), "residency-test-")));
    kernel = await startTestKernel({ cwd: folder });
    const { reply } = await run(
      `import { $, cd, CommandError, env, time, timeit } from "residency/cell"; let kept = "kept";`,
    );
    assert.equal(reply.status, "ok");
  });
  after(async () => {
    if (process.platform === "win32") return;
    await kernel.shutdown();
    await rm(folder, { recursive: true });
  });
  const run = (code: string): Promise<CellRun> => runCell(kernel, code);
  const failure = async (code: string): Promise<{ ename: string; evalue: string; traceback: string[] }> => {
    const { reply } = await run(code);
    assert.ok(reply.status === "error", "the cell did not fail");
    return reply;
  };
  const streams = ({ outputs }: CellRun): [string, string][] =>
    outputs.flatMap((output) => (output.output_type === "stream" ? [[output.name, output.text]] : []));

  describe("$", () => {
    it("shows both streams in order and no result when it is awaited or a cell's last expression", async () => {
      const script = "echo one; sleep 0.1; echo two >&2; sleep 0.1; echo three";
      for (const code of ["await $`sh -c ${script}`", "$`sh -c ${script}`"]) {
        const shown = await run(`{ var script = "${script}" } ${code}`);
        assert.deepEqual(streams(shown), [
          ["stdout", "one\n"],
          ["stderr", "two\n"],
          ["stdout", "three\n"],
        ]);
        assert.equal(shown.result, undefined);
      }
    });

    it("shows the output before the program ends and under the cell that started it", async () => {
      const seen: [string, string | undefined][] = [];
      const stop = kernel.onIopub((message) => {
        if (message.type === "stream") seen.push([message.content.text, message.parentId]);
      });
      await run("var background = $`sh -c 'echo early; sleep 0.4; echo late'`;");
      await run("await new Promise((r) => setTimeout(r, 150)); console.log('between'); await background;");
      stop();
      assert.deepEqual(
        seen.map(([text]) => text),
        ["early\n", "between\n", "late\n"],
      );
      assert.equal(seen[0]![1], seen[2]![1]);
      assert.notEqual(seen[0]![1], seen[1]![1]);
    });

    it("hands arguments on unchanged when they look like shell syntax", async () => {
      const { text } = await run("await $`printf %s\\n ${['a b', '$HOME', '; touch x', '*']} ${'`id`'}`");
      assert.equal(text, "a b\n$HOME\n; touch x\n*\n`id`\n");
    });

    it("throws the code, the command, the end of stderr and the cell's line when the program fails", async () => {
      const { ename, evalue, traceback } = await failure("\nawait $`sh -c 'echo why >&2; exit 7'`");
      assert.equal(ename, "CommandError");
      assert.match(evalue, /^sh -c 'echo why >&2; exit 7': it ended with exit code 7\nwhy$/);
      assert.match(traceback.join("\n"), /at cell \d+:2:8/);
      const caught = await run(
        "let got; try { await $`sh -c 'exit 7'` } catch (e) { if (e instanceof CommandError) got = [e.code, e.exitCode]; } got",
      );
      assert.equal(caught.result, "[ 'E_COMMAND', 7 ]");
    });

    it("says so when there is no program or folder of that name", async () => {
      assert.match((await failure("await $`no-such-program`")).evalue, /no program no-such-program on PATH/);
      assert.match((await failure("await $`ls`.cwd('nowhere')")).evalue, /nowhere.* does not exist/);
      assert.match((await failure("await $`ls | wc`")).evalue, /\.pipe\(/);
    });

    it("gives texts and lines without showing them when it is asked to", async () => {
      const { result, outputs } = await run(
        "JSON.stringify([await $`echo hi`.text(), await $`seq 3`.lines(), await $`true`.lines(), (await $`sh -c 'echo x; exit 3'`.quiet().nothrow()).exitCode])",
      );
      assert.equal(result, `'["hi",["1","2","3"],[],3]'`);
      assert.equal(outputs.length, 1);
    });

    it("connects commands and files without a shell", async () => {
      const { text } = await run(
        "await $`seq 20`.pipe($`sort -rn`).pipe($`head -2`); await $`yes`.pipe($`head -1`)",
      );
      assert.equal(text, "20\n19\ny\n");
      await run("await $`sh -c 'echo a; echo b >&2'`.writeTo('both.txt', { streams: 'both' })");
      await run("await $`echo c`.writeTo('both.txt', { append: true })");
      assert.equal(await readFile(path.join(folder, "both.txt"), "utf8"), "a\nb\nc\n");
      assert.equal((await run("await $`cat`.readFrom('both.txt')")).text, "a\nb\nc\n");
      assert.equal((await run("await $`cat`.stdin('typed')")).text, "typed");
      const { evalue } = await failure("await $`sh -c 'exit 4'`.pipe($`cat`)");
      assert.match(evalue, /exit code 4/);
    });

    it("leaves no program waiting when a part of a pipe cannot be started", async () => {
      const executor = Number((await run("process.pid")).result);
      for (const code of [
        "$`no-such`.pipe($`cat`)",
        "$`ls`.cwd('nowhere').pipe($`cat`)",
        "$`yes`.pipe($`no-such`)",
      ]) {
        assert.match((await failure(`await ${code}`)).evalue, /no-such|nowhere/);
        const deadline = performance.now() + 2000;
        while (processTree(executor).length > 1 && performance.now() < deadline) {
          await new Promise((resolve) => setTimeout(resolve, 10));
        }
        assert.equal(processTree(executor).length, 1, code);
      }
    });

    it("takes a folder, an environment, a timeout and an AbortSignal", async () => {
      assert.equal((await run("await $`pwd`.cwd('/')")).text, "/\n");
      assert.equal((await run("await $`printenv A_B`.env({ A_B: 'x' })")).text, "x\n");
      assert.match((await failure("await $`touch x`.timeout(NaN)")).evalue, /timeout\(NaN\) is no time/);
      assert.match((await failure("$`touch x`.pipe('wc' as never)")).evalue, /takes a command/);
      assert.equal((await run("await $`ls`.lines().then((names) => names.includes('x'))")).result, "false");
      const started = performance.now();
      assert.match((await failure("await $`sh -c 'sleep 100; true'`.timeout(100)")).evalue, /after 100 ms/);
      assert.match(
        (await failure("await $`sleep 100`.signal(AbortSignal.timeout(100))")).evalue,
        /by its AbortSignal/,
      );
      assert.ok(performance.now() - started < 3000);
    });

    it("is ended with everything below it when its cell is interrupted, and the state is kept", async () => {
      for (const code of ["$`sleep 1000`", "$`sh -c 'trap \"\" INT; sleep 1000; true'`", "$`yes`"]) {
        const controller = new AbortController();
        let interrupted = 0;
        const onMessage = (message: IopubMessage): void => {
          if (message.type !== "stream" || interrupted > 0) return;
          interrupted = performance.now();
          setTimeout(() => controller.abort(), 100);
        };
        const options = { onMessage, signal: controller.signal };
        // Without collecting what it writes, which takes longer than the interrupt.
        const reply = await kernel.execute(`console.log("go"); while (true) try { await ${code} } catch {}`, {
          stopOnError: false,
          ...options,
        });
        assert.ok(reply.status === "error");
        assert.equal(reply.ename, "KeyboardInterrupt");
        assert.ok(performance.now() - interrupted < 2000, code);
        const executor = Number((await run("process.pid")).result);
        const deadline = performance.now() + 3000;
        while (processTree(executor).length > 1 && performance.now() < deadline) {
          await new Promise((resolve) => setTimeout(resolve, 20));
        }
        assert.equal(processTree(executor).length, 1, code);
        assert.equal((await run("kept")).result, "'kept'");
      }
    });
  });

  describe("time and timeit", () => {
    it("time shows both times and gives the value when a function is synchronous, asynchronous or fails", async () => {
      const line = /^[\d.]+ [mµn]?s by the clock, [\d.]+ [mµn]?s of CPU \(user [^)]*\)\n$/;
      for (const code of ["time(() => 5)", "await time(async () => 5)"]) {
        const { text, result } = await run(code);
        assert.match(text, line);
        assert.equal(result, "5");
      }
      const failed = await run("await time(async () => { throw new Error('x'); })");
      assert.equal(failed.reply.status, "error");
      assert.match(failed.text, line);
      const [, seconds] = /^(\d+) ms/.exec((await run("await time(() => $`sleep 0.2`)")).text) ?? [];
      assert.ok(Number(seconds) >= 200 && Number(seconds) < 1000);
    });

    it("timeit finds the number of calls and gives typed seconds", async () => {
      const options = "{ runs: 3, runSeconds: 0.01 }";
      const { text, result } = await run(
        `let calls = 0; const fast = timeit(() => { calls++ }, ${options}); fast.runs.length * fast.calls < calls && fast.best <= fast.mean`,
      );
      assert.match(
        text,
        /^[\d.]+ [mµn]?s ± [\d.]+ [mµn]?s a call, best [^(]*\(3 runs of [\d,]+ calls?, mean/,
      );
      assert.equal(result, "true");
      const slow = await run(
        `const slow = await timeit(() => new Promise((r) => setTimeout(r, 20)), ${options}); [slow.calls, slow.mean >= 0.018, slow.mean < 0.1]`,
      );
      assert.equal(slow.result, "[ 1, true, true ]");
      assert.match((await failure("timeit(() => 1, { runs: 0 })")).evalue, /runs is 0/);
    });
  });

  describe("env and cd", () => {
    it("env reads and sets variables, for programs too, and shows names only", async () => {
      await writeFile(path.join(folder, ".env"), "TOKEN_X=secret\nHOME=elsewhere\n");
      const { result } = await run(
        "env.set('A_B', '1'); JSON.stringify([env.get('A_B'), env.get('NOPE_X'), env.get('NOPE_X', 'none'), env.load(), await $`printenv TOKEN_X`.text()])",
      );
      assert.equal(result, `'["1",null,"none",["TOKEN_X"],"secret"]'`);
      const shown = String((await run("env")).result);
      assert.match(shown, /TOKEN_X/);
      assert.doesNotMatch(shown, /secret/);
      assert.match((await failure("env.load('nowhere.env')")).evalue, /nowhere\.env/);
      assert.match((await failure("env.set('a=b', 'x')")).evalue, /cannot be the name/);
    });

    it("cd moves programs and imports of later cells, and packages stay those of the notebook", async () => {
      await mkdir(path.join(folder, "node_modules/pkg"), { recursive: true });
      await writeFile(
        path.join(folder, "node_modules/pkg/index.js"),
        "module.exports = { from: 'package' };",
      );
      await mkdir(path.join(folder, "below"));
      await writeFile(path.join(folder, "below/local.mjs"), "export const from = 'below';");
      assert.equal((await run("cd('below')")).result, `'${folder}/below'`);
      const { result } = await run(
        "import { from } from './local.mjs'; import * as pkg from 'pkg'; [from, (pkg as any).from ?? (pkg as any).default.from, await $`pwd`.text()]",
      );
      assert.equal(result, `[ 'below', 'package', '${folder}/below' ]`);
      assert.equal((await run("cd(import.meta.dirname)")).result, `'${folder}'`);
      assert.match((await failure("cd('nowhere')")).evalue, /no folder .*nowhere/);
    });
  });

  it("runs a cell of plain JavaScript as it is", async () => {
    const { result } = await run("var parts = []; for (const x of [1, 2]) parts.push(x * 2); parts.join()");
    assert.equal(result, "'2,4'");
  });
});
