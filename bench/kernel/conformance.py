"""Debian's jupyter_kernel_test against a kernel: python3 conformance.py residency|tslab|deno|ipykernel [KERNELSPEC]."""

import sys
import unittest

import jupyter_kernel_test

HTML = "<b>x</b>"
SVG = "<svg/>"


class TypeScript(jupyter_kernel_test.KernelTests):
    """What every TypeScript kernel can be asked; each shows rich outputs in its own way."""

    language_name = "typescript"
    file_extension = ".ts"

    code_hello_world = 'const greeting: string = "hello, world";\nconsole.log(greeting);'
    code_stderr = 'console.error("hello, standard error");'
    code_page_something = "?console.log"
    code_generate_error = 'throw new Error("on purpose");'
    code_inspect_sample = "console.log"

    completion_samples = [
        {"text": "encodeURIC", "matches": {"encodeURIComponent"}},
        {"text": "JSON.str", "matches": {"stringify"}},
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
    ]
    supported_history_operations = ("tail", "range", "search")
    code_history_pattern = "1?+*1"


class Residency(TypeScript):
    # Its completions are those of the types, without what every object inherits.
    completion_samples = [*TypeScript.completion_samples, {"text": "JSON.", "matches": {"parse", "stringify"}}]
    code_clear_output = 'import { clearOutput } from "residency/cell";\nclearOutput({ wait: true });'
    code_execute_result = [
        *TypeScript.code_execute_result,
        {
            "code": f'({{ [Symbol.for("Jupyter.display")]: () => ({{ "text/html": "{HTML}" }}) }})',
            "result": HTML,
            "mime": "text/html",
        },
    ]
    code_display_data = [
        {"code": f'import {{ html }} from "residency/cell";\ndisplay(html("{HTML}"));', "mime": "text/html"},
        {"code": f'import {{ svg }} from "residency/cell";\ndisplay(svg("{SVG}"));', "mime": "image/svg+xml"},
        {"code": "display({ a: 1 });", "mime": "text/plain"},
    ]


class Tslab(TypeScript):
    code_display_data = [
        {"code": f'import * as tslab from "tslab";\ntslab.display.html("{HTML}");', "mime": "text/html"},
        {"code": f'import * as tslab from "tslab";\ntslab.display.svg("{SVG}");', "mime": "image/svg+xml"},
    ]


class Deno(TypeScript):
    code_display_data = [
        {"code": f'await Deno.jupyter.display({{ "text/html": "{HTML}" }}, {{ raw: true }});', "mime": "text/html"},
    ]


class Ipykernel(jupyter_kernel_test.KernelTests):
    language_name = "python"
    file_extension = ".py"

    code_hello_world = 'print("hello, world")'
    code_stderr = 'import sys\nprint("hello, standard error", file=sys.stderr)'
    code_page_something = "print?"
    code_generate_error = 'raise ValueError("on purpose")'
    code_clear_output = "from IPython.display import clear_output\nclear_output(wait=True)"
    code_inspect_sample = "print"

    completion_samples = [{"text": "divm", "matches": {"divmod"}}]
    complete_code_samples = ["1", "print('hello')", "def f(x):\n  return x * 2\n\n\n"]
    incomplete_code_samples = ["print('''hello", "def f(x):\n  x * 2"]
    invalid_code_samples = ["import = 7q"]

    code_execute_result = [{"code": "1 + 1", "result": "2"}, {"code": "[n * n for n in (1, 2, 3)]", "result": "[1, 4, 9]"}]
    code_display_data = [
        {"code": f'from IPython.display import HTML, display\ndisplay(HTML("{HTML}"))', "mime": "text/html"},
        {"code": f"from IPython.display import SVG, display\ndisplay(SVG(data='{SVG}'))", "mime": "image/svg+xml"},
    ]
    supported_history_operations = ("tail", "range", "search")
    code_history_pattern = "1?2*"


if __name__ == "__main__":
    kernel, *spec = sys.argv[1:]
    tests = {"residency": Residency, "tslab": Tslab, "deno": Deno, "ipykernel": Ipykernel}[kernel]
    tests.kernel_name = spec[0] if spec else kernel
    suite = unittest.defaultTestLoader.loadTestsFromTestCase(tests)
    result = unittest.TextTestRunner(verbosity=2).run(suite)
    sys.exit(not result.wasSuccessful())
