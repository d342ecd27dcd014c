/** Tests of the notebook's own modules: TypeScript, JSON, changes on the disk, stacks. */
import assert from "node:assert/strict";
import { mkdtemp, rm, utimes, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import type { KernelClient } from "../../kernel/index.ts";
import { runCell, startTestKernel } from "./session.ts";

describe("modules beside a notebook", function () {
  this.timeout(60_000);
  let folder: string;
  let kernel: KernelClient;
  let time = 1;
  before(async () => {
    folder = await mkdtemp(path.join(os.tmpdir(), "residency-test-"));
    await write("base.ts", "export const base: number = 10;");
    await write("untouched.ts", "export const loaded: { at: number } = { at: performance.now() };");
    await write(
      "helper.ts",
      "import { base } from './base';\nexport const size: number = base + 1;\nexport interface Row { a: number }\n" +
        "export enum Unit { Kg = 'kg' }\nexport function fail(): never {\n\n  throw new Error('in helper');\n}",
    );
    await write("dose.json", '{ "mg": 5 }');
    kernel = await startTestKernel({ cwd: folder });
  });
  after(async () => {
    await kernel.shutdown();
    await rm(folder, { recursive: true });
  });
  /** Each writing has a later time, however fast the test is. */
  const write = async (name: string, text: string): Promise<void> => {
    await writeFile(path.join(folder, name), text);
    await utimes(path.join(folder, name), time, time++);
  };

  it("are imported with their types and with JSON when a cell names them", async () => {
    const { result } = await runCell(
      kernel,
      'import { size, fail, Unit, type Row } from "./helper.ts";\nimport dose from "./dose.json";\n' +
        "const row: Row = { a: size + dose.mg };\n[row.a, Unit.Kg]",
    );
    assert.equal(result, "[ 16, 'kg' ]");
  });

  it("are loaded anew when they or what they import was changed, and only then", async () => {
    const first = await runCell(kernel, 'import { loaded } from "./untouched.ts"; loaded.at');
    await write("base.ts", "export const base: number = 20;");
    assert.equal((await runCell(kernel, 'import { size } from "./helper.ts"; size')).result, "21");
    const second = await runCell(kernel, 'import { loaded } from "./untouched.ts"; loaded.at');
    assert.equal(second.result, first.result);
  });

  it("stand in a stack by their own lines when they throw", async () => {
    const { reply } = await runCell(kernel, "fail()");
    assert.ok(reply.status === "error");
    assert.match(reply.traceback.join("\n"), /at fail \(.*helper\.ts:7:9\)\n {4}at cell \d+:1:1/);
  });

  it("are told with file and place when their syntax is wrong", async () => {
    await write("broken.ts", "export const a = ;");
    const { reply } = await runCell(kernel, 'const broken = await import("./broken.ts");');
    assert.ok(reply.status === "error");
    assert.match(reply.evalue, /broken\.ts: Unexpected token/);
  });

  it("may have decorators and `using`, which Node 20 does not know", async () => {
    await write(
      "modern.ts",
      "const seen: string[] = [];\nfunction note(_: unknown, { name }: ClassMethodDecoratorContext) { seen.push(String(name)); }\n" +
        "export class Model {\n  @note\n  forward() {\n    using scope = { [Symbol.dispose]: () => seen.push('end') };\n    return seen;\n  }\n}",
    );
    const { result } = await runCell(
      kernel,
      'import { Model } from "./modern.ts"; const names = new Model().forward(); names',
    );
    assert.equal(result, "[ 'forward', 'end' ]");
  });
});
