/** The cells of the measurements, the same work in each kernel's language. */

/** The ways in which a cell can be endless. */
export const endlessKinds = [
  "while(true){}",
  "loop after an await",
  "microtask loop",
  "timer loop",
  "catch-all loop",
  "regular expression",
  "WASM loop",
] as const;

/** One of the ways in which a cell can be endless. */
export type EndlessKind = (typeof endlessKinds)[number];

/** What one kernel runs. */
export interface KernelCode {
  trivial: string;
  /** Imports a module, defines a function of a new name and calls it. */
  importDefineCall: (serial: number) => string;
  /** Declares `xs`, a list. */
  list: string;
  /** An expression that ends in a dot, and a member that must be among the completions. */
  member: { code: string; expected: string };
  /** A method of the list, to document. */
  documented: string;
  /** Waits without computing. */
  awaits: (ms: number) => string;
  /** Computes without waiting. */
  computes: (ms: number) => string;
  /** Sets `kept` to a number, and reads it. */
  keep: (value: number) => string;
  kept: string;
  /** Undefined where the language has no such thing. */
  endless: Record<EndlessKind, string | undefined>;
  /** Prints "line 0", "line 1", … */
  prints: (lines: number) => string;
  /** Displays so many characters of HTML. */
  displays: (characters: number) => string;
}

/** The smallest module that never returns: (module (func (export "f") (loop (br 0)))). */
const endlessWasm = [
  0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00, 0x01, 0x04, 0x01, 0x60, 0x00, 0x00, 0x03, 0x02, 0x01, 0x00,
  0x07, 0x05, 0x01, 0x01, 0x66, 0x00, 0x00, 0x0a, 0x09, 0x01, 0x07, 0x00, 0x03, 0x40, 0x0c, 0x00, 0x0b, 0x0b,
];

const typeScriptCode: Omit<KernelCode, "displays"> = {
  trivial: "1 + 1",
  importDefineCall: (serial) => `import { createHash } from "node:crypto";
function digest${serial}(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}
digest${serial}("residency");`,
  list: "let xs = [1, 2, 3];",
  member: { code: "xs.", expected: "map" },
  documented: "xs.map",
  awaits: (ms) => `await new Promise((resolve) => setTimeout(resolve, ${ms}));`,
  computes: (ms) => `{ const end = Date.now() + ${ms}; while (Date.now() < end) {} }`,
  keep: (value) => `let kept = ${value};`,
  kept: "kept",
  endless: {
    "while(true){}": "while (true) {}",
    "loop after an await": "await new Promise((resolve) => setTimeout(resolve, 5)); while (true) {}",
    "microtask loop": "while (true) await null;",
    "timer loop": "while (true) await new Promise((resolve) => setTimeout(resolve, 0));",
    "catch-all loop": "while (true) { try { while (true) {} } catch {} }",
    "regular expression": "/^(a+)+$/.test('a'.repeat(60) + 'b');",
    "WASM loop": `{ const { Module, Instance } = (globalThis as any).WebAssembly;
new Instance(new Module(new Uint8Array([${endlessWasm.join()}]))).exports.f(); }`,
  },
  prints: (lines) => `for (let i = 0; i < ${lines}; i++) console.log("line " + i);`,
};

/** Cells for this project's kernel. */
export const residencyCode: KernelCode = {
  ...typeScriptCode,
  displays: (characters) =>
    `import { html } from "residency/cell"; display(html("x".repeat(${characters})));`,
};

/** Cells for tslab. */
export const tslabCode: KernelCode = {
  ...typeScriptCode,
  displays: (characters) => `import * as tslab from "tslab"; tslab.display.html("x".repeat(${characters}));`,
};

/** Cells for Deno. */
export const denoCode: KernelCode = {
  ...typeScriptCode,
  displays: (characters) =>
    `await Deno.jupyter.display({ "text/html": "x".repeat(${characters}) }, { raw: true });`,
};

/** Cells for ipykernel. */
export const pythonCode: KernelCode = {
  trivial: "1 + 1",
  importDefineCall: (serial) => `import hashlib
def digest${serial}(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
digest${serial}("residency")`,
  list: "xs = [1, 2, 3]",
  member: { code: "xs.", expected: "append" },
  documented: "xs.append",
  awaits: (ms) => `import asyncio\nawait asyncio.sleep(${ms / 1000})`,
  computes: (ms) => `import time\nend = time.time() + ${ms / 1000}\nwhile time.time() < end: pass`,
  keep: (value) => `kept = ${value}`,
  kept: "kept",
  endless: {
    "while(true){}": "while True: pass",
    "loop after an await": "import asyncio\nawait asyncio.sleep(0.005)\nwhile True: pass",
    "microtask loop": "import asyncio\nwhile True: await asyncio.sleep(0)",
    "timer loop": "import asyncio\nwhile True: await asyncio.sleep(0.001)",
    "catch-all loop":
      "while True:\n    try:\n        while True: pass\n    except BaseException:\n        pass",
    "regular expression": "import re\nre.match('^(a+)+$', 'a' * 60 + 'b')",
    "WASM loop": undefined,
  },
  prints: (lines) => `for i in range(${lines}): print("line", i)`,
  displays: (characters) => `from IPython.display import HTML, display\ndisplay(HTML("x" * ${characters}))`,
};
