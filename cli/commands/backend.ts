/** `residency backend`: builds what a compute backend needs beyond npm. */
import { parseArgs } from "node:util";
import { buildTensorflow, BackendBuildError } from "../backend/index.ts";
import type { BuildListener } from "../backend/index.ts";
import { createLiveTerminal, createPainter, formatDuration } from "../terminal/index.ts";
import type { LiveTerminal } from "../terminal/index.ts";

const help = `Usage: residency backend build tensorflow [--python PYTHON] [--folder DIR] [--json]

Builds the native binding of @tensorflow/tfjs-node-gpu against the TensorFlow that a Python environment already has, so
that models train on TensorFlow's own kernels, on its GPU where it has one. Needs Linux, g++ and make.

  --python PYTHON   a Python program, or the folder of a virtual environment (default: python3)
  --folder DIR      install the package in DIR (default: where the project has it, else the user's cache)
  --json            print the outcome as JSON

Exit code: 0 when the binding was built and multiplied two matrices rightly; 1 otherwise.
`;

/** Runs the command and gives its exit code. */
export async function run(args: string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      python: { type: "string", default: "python3" },
      folder: { type: "string" },
      json: { type: "boolean", default: false },
      help: { type: "boolean", short: "h", default: false },
    },
  });
  if (values.help) {
    process.stdout.write(help);
    return 0;
  }
  const [action, backend, ...rest] = positionals;
  if (action !== "build" || backend !== "tensorflow" || rest.length > 0) {
    const given = positionals.length === 0 ? "an action is missing" : `cannot do "${positionals.join(" ")}"`;
    process.stderr.write(`residency backend: ${given}\n\n${help}`);
    return 2;
  }
  const options = {
    python: values.python,
    ...(values.folder === undefined ? {} : { folder: values.folder }),
  };
  const terminal = createLiveTerminal(process.stdout);
  const started = performance.now();
  const seconds = (): number => Math.round(performance.now() - started) / 1000;
  try {
    const built = await buildTensorflow(options, values.json ? silent : showSteps(terminal));
    if (values.json) {
      process.stdout.write(`${JSON.stringify({ ok: true, ...built, seconds: seconds() }, undefined, 2)}\n`);
      return 0;
    }
    const settings = Object.entries(built.environment).map(([name, value]) => `${name}=${value}`);
    process.stdout.write(
      `\nBuilt in ${formatDuration(seconds())}; the log is ${built.log}\n` +
        (settings.length > 0 ? `So that it is found, set ${settings.join(" ")}\n` : "") +
        'Use it with RESIDENCY_BACKEND=tensorflow or setBackend("tensorflow")\n',
    );
    return 0;
  } catch (error) {
    terminal.clear();
    if (!values.json || !(error instanceof BackendBuildError)) throw error;
    const { code, missing, message, remedy } = error;
    process.stdout.write(
      `${JSON.stringify({ ok: false, error: { code, missing, message, remedy } }, undefined, 2)}\n`,
    );
    return 1;
  }
}

const silent: BuildListener = { onStep: () => undefined, onStepEnd: () => undefined };

/** Shows each step as it ends, and above the time of the one that runs. */
function showSteps(terminal: LiveTerminal): BuildListener {
  const paint = createPainter(process.stdout);
  let timer: NodeJS.Timeout | undefined;
  let started = 0;
  const elapsed = (): string => formatDuration((performance.now() - started) / 1000);
  return {
    onStep(number, total, title) {
      started = performance.now();
      const show = (): void => {
        const text = `  ${number}/${total}  ${title}`;
        terminal.status(`${text} ${elapsed()}`, `${text} ${elapsed()}`);
      };
      show();
      clearInterval(timer);
      timer = setInterval(show, 200);
      // A step that fails must not keep the process.
      timer.unref();
    },
    onStepEnd(number, total, found) {
      clearInterval(timer);
      terminal.line(`${paint("green", "✓")} ${number}/${total}  ${found} ${paint("dim", elapsed())}`);
    },
  };
}
