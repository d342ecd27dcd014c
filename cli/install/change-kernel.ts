/** Installs and removes the kernelspec for the command line: options in, sentences or JSON out. */
import { parseArgs } from "node:util";
import { KernelError } from "../../kernel/errors.ts";
import { checkNodeProgram, installKernelspec, uninstallKernelspec } from "../../kernel/install/index.ts";
import type { KernelspecPlace } from "../../kernel/install/index.ts";

/** Runs `residency kernel install` or `uninstall` and gives the exit code. */
export async function changeKernel(action: "install" | "uninstall", args: string[]): Promise<number> {
  const { values } = parseArgs({
    args,
    options: {
      user: { type: "boolean", default: false },
      "sys-prefix": { type: "boolean", default: false },
      prefix: { type: "string" },
      name: { type: "string" },
      "display-name": { type: "string" },
      node: { type: "string" },
      json: { type: "boolean", default: false },
    },
  });
  const { prefix, name } = values;
  if (Number(values.user) + Number(values["sys-prefix"]) + Number(prefix !== undefined) > 1) {
    process.stderr.write(
      `residency kernel ${action}: --user, --sys-prefix and --prefix exclude each other.\n`,
    );
    return 2;
  }
  try {
    await changeKernelspec(action, {
      place:
        prefix === undefined
          ? { kind: values["sys-prefix"] ? "sys-prefix" : "user" }
          : { kind: "prefix", folder: prefix },
      name,
      node: values.node,
      displayName: values["display-name"],
      json: values.json,
    });
    return 0;
  } catch (error) {
    if (!values.json || !(error instanceof KernelError)) throw error;
    process.stdout.write(
      `${JSON.stringify({ action, error: { code: error.code, message: error.message } })}\n`,
    );
    return 1;
  }
}

interface ChangeOptions {
  place: KernelspecPlace;
  name: string | undefined;
  node: string | undefined;
  displayName: string | undefined;
  json: boolean;
}

async function changeKernelspec(action: "install" | "uninstall", change: ChangeOptions): Promise<void> {
  const { place, name, displayName, json } = change;
  const node = change.node === undefined ? undefined : checkNodeProgram(change.node);
  const options = { place, ...(name === undefined ? {} : { name }), ...(node === undefined ? {} : { node }) };
  if (action === "uninstall") {
    const removed = await uninstallKernelspec(options);
    const text = json ? JSON.stringify({ action, ...removed }) : `Removed the kernel from ${removed.folder}`;
    process.stdout.write(`${text}\n`);
    return;
  }
  const installed = await installKernelspec({
    ...options,
    ...(displayName === undefined ? {} : { displayName }),
  });
  for (const warning of installed.warnings) process.stderr.write(`residency kernel install: ${warning}\n`);
  process.stdout.write(
    json
      ? `${JSON.stringify({ action, ...installed })}\n`
      : `Installed the kernel "${installed.spec.display_name}" in ${installed.folder}\n` +
          "Check with: jupyter kernelspec list, or residency doctor\nStart with: jupyter lab, or residency lab\n",
  );
}
