/** What is said when TensorFlow's binding does not load: from the linker's words, and from folders as they are found. */
import assert from "node:assert/strict";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { explainLoadFailure } from "../../../lib/backends/tensorflow/failure.ts";
import { parseBuildRecord } from "../../../lib/backends/tensorflow/packages.ts";
import { repositoryRoot } from "../../support/paths.ts";
import { runNode } from "../../support/tensorflow.ts";

const name = "@tensorflow/tfjs-node-gpu";
const record = { tensorflow: "2.21.0", tensorflowFolder: "/venv/tensorflow", python: "/venv/bin/python" };
const installed = { name, record: undefined, librariesExist: false };
const built = { name, record, librariesExist: true };
const absent = "cannot open shared object file: No such file or directory";

describe("explainLoadFailure", () => {
  for (const [title, message, failed, expected] of [
    [
      "a download that is missing",
      `libtensorflow.so.2: ${absent}`,
      installed,
      /^libtensorflow\.so\.2 is not found: .*npm rebuild/,
    ],
    [
      "CUDA that is missing",
      `libcudart.so.11.0: ${absent}`,
      installed,
      /^CUDA is missing: libcudart\.so\.11\.0/,
    ],
    ["cuDNN that is missing", `libcudnn.so.9: ${absent}`, built, /^CUDA is missing: libcudnn\.so\.9/],
    ["NCCL that is missing", `libnccl.so.2: ${absent}`, built, /^CUDA is missing: libnccl\.so\.2/],
    [
      "another library that is missing",
      `libgomp.so.1: ${absent}`,
      built,
      /^libgomp\.so\.1 is not found; install/,
    ],
    [
      "a library that moved",
      `libtensorflow_cc.so.2: ${absent}`,
      built,
      /not found in \/venv\/tensorflow; build it again with: .*--python \/venv\/bin\/python/,
    ],
    [
      "a Python environment that is gone",
      `libtensorflow_cc.so.2: ${absent}`,
      { ...built, librariesExist: false },
      /TensorFlow 2\.21\.0 in \/venv\/tensorflow, which is gone/,
    ],
    [
      "another TensorFlow than it was built for",
      "/a/tfjs_binding.node: undefined symbol: TFE_Execute",
      built,
      /built against TensorFlow 2\.21\.0, .* lacks TFE_Execute; build it again/,
    ],
    [
      "an older system",
      "/lib/libstdc++.so.6: version `GLIBCXX_3.4.32' not found (required by x)",
      installed,
      /older than the binding needs \(GLIBCXX_3\.4\.32\)/,
    ],
    [
      "another processor",
      "/a/tfjs_binding.node: wrong ELF class: ELFCLASS32",
      installed,
      /for another system or processor/,
    ],
    ["anything else", "the first line\nthe second", installed, /^the first line$/],
  ] as const) {
    it(`names ${title}`, () => assert.match(explainLoadFailure(message, failed), expected)); // prettier-ignore
  }
});

describe("parseBuildRecord", () => {
  it("gives the record that a build wrote", () => {
    assert.deepEqual(parseBuildRecord(JSON.stringify(record)), record);
  });
  for (const text of ["", "{", "null", "[]", '{"tensorflow": 2}', '{"tensorflow": "2", "python": "p"}']) {
    it(`gives nothing for ${JSON.stringify(text)}`, () => assert.equal(parseBuildRecord(text), undefined));
  }
});

describe("setBackend for tensorflow", function () {
  this.timeout(60_000);
  let folder: string;
  let packageFolder: string;
  before(async () => {
    folder = await mkdtemp(path.join(os.tmpdir(), "residency-test-"));
    packageFolder = path.join(folder, "node_modules", name);
  });
  after(() => rm(folder, { recursive: true }));

  /** The error's message, as a program of its own gets it. */
  async function failure(): Promise<string> {
    const module = pathToFileURL(path.join(repositoryRoot, "dist/lib/tensor/index.js")).href;
    const program = `const { setBackend } = await import(${JSON.stringify(module)});
      await setBackend("tensorflow").then(() => console.log("started"), ({ code, message }) => console.log(code, message));`;
    const end = await runNode(["--input-type=module", "--eval", program], { RESIDENCY_TENSORFLOW: folder });
    assert.equal(end.code, 0, end.stderr);
    return end.stdout;
  }

  it("throws E_BACKEND that names what is missing, as folders fill", async () => {
    assert.match(
      await failure(),
      /^E_BACKEND .*RESIDENCY_TENSORFLOW is .*no @tensorflow\/tfjs-node-gpu or .* is in its node_modules/,
    );

    await mkdir(path.join(packageFolder, "lib/napi-v8"), { recursive: true });
    await writeFile(path.join(packageFolder, "package.json"), "{}");
    assert.match(
      await failure(),
      /^E_BACKEND .*its binding is not built: there is no .*tfjs_binding\.node; build it with: residency backend build tensorflow --python/,
    );

    await writeFile(
      path.join(packageFolder, "lib/napi-v8/tfjs_binding.node"),
      "not a library, but long enough to be read as one: ".repeat(4),
    );
    const gone = { ...record, tensorflowFolder: path.join(folder, "gone") };
    await writeFile(path.join(packageFolder, "residency-build.json"), JSON.stringify(gone));
    assert.match(
      await failure(),
      /^E_BACKEND .*TensorFlow 2\.21\.0 in .*gone, which is gone; build it again/,
    );

    await writeFile(
      path.join(packageFolder, "residency-build.json"),
      JSON.stringify({ ...record, tensorflowFolder: folder }),
    );
    if (process.platform === "linux")
      assert.match(await failure(), /^E_BACKEND .*for another system or processor/);
  });
});
