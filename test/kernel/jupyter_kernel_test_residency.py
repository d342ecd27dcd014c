"""The snippets with which Debian's jupyter_kernel_test tries this kernel; run by jupyter-kernel-test.test.ts."""

import unittest

import jupyter_kernel_test


class ResidencyTests(jupyter_kernel_test.KernelTests):
    kernel_name = "residency"
    language_name = "typescript"
    file_extension = ".ts"

    code_hello_world = 'const greeting: string = "hello, world";\nconsole.log(greeting);'
    code_stderr = 'console.error("hello, standard error");'
    code_page_something = "?console.log"
    code_generate_error = 'throw new Error("on purpose");'
    code_clear_output = 'import { clearOutput } from "residency/cell";\nclearOutput({ wait: true });'
    code_inspect_sample = "console.log"

    completion_samples = [
        {"text": "encodeURIC", "matches": {"encodeURIComponent"}},
        {"text": "JSON.", "matches": {"parse", "stringify"}},
        {"text": "Math.hy", "matches": {"hypot"}},
    ]
    complete_code_samples = ["1", "const a: number = 1;", "function f() {\n  return 1;\n}", "?console.log"]
    incomplete_code_samples = ["function f() {", "const text = `a", "[1, 2,", "if (true) {\n  1;"]
    invalid_code_samples = ["const = 1", "1 +* 2"]

    code_execute_result = [
        {"code": "1 + 1", "result": "2"},
        {"code": "[1, 2, 3].map((n) => n * n)", "result": "[ 1, 4, 9 ]"},
        {"code": "'a' + 'b'", "result": "'ab'"},
        {"code": "(await Promise.resolve(6)) * 7", "result": "42"},
        {
            "code": '({ [Symbol.for("Jupyter.display")]: () => ({ "text/html": "<b>x</b>" }) })',
            "result": "<b>x</b>",
            "mime": "text/html",
        },
    ]
    code_display_data = [
        {"code": 'import { html } from "residency/cell";\ndisplay(html("<b>x</b>"));', "mime": "text/html"},
        {"code": 'import { svg } from "residency/cell";\ndisplay(svg("<svg/>"));', "mime": "image/svg+xml"},
        {"code": "display({ a: 1 });", "mime": "text/plain"},
    ]
    supported_history_operations = ("tail", "range", "search")
    code_history_pattern = "1?+*1"


if __name__ == "__main__":
    unittest.main(verbosity=2)
