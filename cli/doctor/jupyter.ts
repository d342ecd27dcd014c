/** Checks of Jupyter: which installations there are, and whether they see the kernel. */
import { execFile } from "node:child_process";
import { existsSync, readdirSync, realpathSync } from "node:fs";
import path from "node:path";
import { promisify } from "node:util";
import { commonDataFolders, packageVersions, readKernelspec } from "../../kernel/install/index.ts";
import type { Kernelspec } from "../../kernel/install/index.ts";
import { reasonOf } from "./finding.ts";
import type { Check, Finding } from "./finding.ts";

const maxInstallations = 4;
const run = promisify(execFile);

/** A Jupyter on PATH. */
export interface JupyterInstallation {
  /** Its `jupyter` program. */
  program: string;
  hasLab: boolean;
  /** Where it looks for kernels, in its order; the common folders where it did not say. */
  dataFolders: string[];
  /** Why it did not say. */
  problem: string | undefined;
}

/** The installations on PATH, the first one first. */
export async function findJupyter(): Promise<JupyterInstallation[]> {
  const suffix = process.platform === "win32" ? ".exe" : "";
  const folders = (process.env["PATH"] ?? "").split(path.delimiter).filter(Boolean);
  const programs = new Map<string, string>();
  for (const folder of folders) {
    const program = path.join(folder, `jupyter${suffix}`);
    if (existsSync(program) && !programs.has(realpathSync(program))) {
      programs.set(realpathSync(program), program);
    }
  }
  return Promise.all([...programs.values()].slice(0, maxInstallations).map(ask));

  async function ask(program: string): Promise<JupyterInstallation> {
    const hasLab = existsSync(path.join(path.dirname(program), `jupyter-lab${suffix}`));
    try {
      const { stdout } = await run(program, ["--paths", "--json"], { timeout: 20_000 });
      const { data } = JSON.parse(stdout) as { data: string[] };
      return { program, hasLab, dataFolders: data, problem: undefined };
    } catch (error) {
      return { program, hasLab, dataFolders: commonDataFolders(), problem: reasonOf(error) };
    }
  }
}

interface SeenKernelspec {
  folder: string;
  spec: Kernelspec;
}

/** Our kernelspecs in some data folders of Jupyter. */
export function findKernelspecs(dataFolders: readonly string[]): SeenKernelspec[] {
  return [...new Set(dataFolders)].flatMap((data) => {
    const kernels = path.join(data, "kernels");
    const names = existsSync(kernels) ? readdirSync(kernels) : [];
    return names.flatMap((name) => {
      const folder = path.join(kernels, name);
      const spec = readKernelspec(folder);
      return spec ? [{ folder, spec }] : [];
    });
  });
}

/** Jupyter itself, and the kernelspecs that it finds. */
export const checkJupyter: Check = {
  title: "Jupyter",
  async run() {
    const installations = await findJupyter();
    const findings: Finding[] = installations.map(({ program, hasLab, dataFolders, problem }) => {
      const found = `${program}${hasLab ? ", with JupyterLab" : ""}, looks for kernels in ${dataFolders.join(", ")}`;
      return problem === undefined
        ? { title: this.title, status: "ok", found }
        : {
            title: this.title,
            status: "warning",
            found: `${program} fails: ${problem}`,
            advice: "install Jupyter again",
          };
    });
    if (installations.length === 0) {
      const advice = "residency run and VS Code work without it; for JupyterLab: pip install jupyterlab";
      findings.push({ title: this.title, status: "warning", found: "no jupyter on PATH", advice });
    }
    return [...findings, ...kernelspecFindings(installations)];
  },
};

function kernelspecFindings(installations: readonly JupyterInstallation[]): Finding[] {
  const title = "Kernelspec";
  const folders = [...installations.flatMap(({ dataFolders }) => dataFolders), ...commonDataFolders()];
  const seen = findKernelspecs(folders);
  if (seen.length === 0) {
    const advice = "residency kernel install --user";
    return [{ title, status: "warning", found: "Jupyter does not know the kernel yet", advice }];
  }
  return seen.map(({ folder, spec }) => {
    const found = `${spec.display_name} in ${folder}`;
    const missing = spec.argv.find((word) => word.endsWith("main.js") && !existsSync(word));
    const blind = installations.filter(
      ({ dataFolders }) =>
        !dataFolders.some((data) => folder.startsWith(path.join(data, "kernels") + path.sep)),
    );
    const { version } = packageVersions();
    // Kernelspecs of early versions say nothing about theirs.
    const installed =
      (spec.metadata as Partial<Kernelspec["metadata"]> | undefined)?.residency?.version ?? "unknown";
    if (missing !== undefined) {
      const advice = `it cannot start: residency kernel install again, or remove ${folder}`;
      return { title, status: "failure", found: `${found}: ${missing} is gone`, advice };
    }
    if (installed !== version) {
      const advice = "residency kernel install again, to start this version";
      return {
        title,
        status: "warning",
        found: `${found}: of version ${installed}, this is ${version}`,
        advice,
      };
    }
    if (blind.length > 0) {
      const advice = `for that one: ${path.join(path.dirname(blind[0]!.program), "jupyter")} kernelspec install ${folder} --sys-prefix`;
      const programs = blind.map(({ program }) => program).join(", ");
      return { title, status: "warning", found: `${found}, which ${programs} does not search`, advice };
    }
    return { title, status: "ok", found };
  });
}
