/** JupyterLab with a notebook in a real browser, for tests of what a person sees. */
import { spawn, spawnSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { Page } from "playwright-core";
import { freePorts } from "../../kernel/client/index.ts";
import { serializeNotebook } from "../../kernel/index.ts";
import { installKernelspec } from "../../kernel/install/index.ts";
import { launchChromium, missingChromium } from "./chromium.ts";
import { notebookOf } from "./notebooks.ts";

/** A notebook that is open in JupyterLab. */
export interface LabSession {
  page: Page;
  /** The notebook's file. */
  file: string;
  /** Resolves when the page has loaded and the notebook's kernel is idle. */
  connected(): Promise<void>;
  /** Runs a command of JupyterLab, such as "notebook:run-all-cells". */
  command(id: string): Promise<void>;
  close(): Promise<void>;
}

const startTimeoutMs = 40_000;
const kernelIsIdle =
  "window.jupyterapp?.shell.currentWidget?.sessionContext?.session?.kernel?.status === 'idle'";

/** What is missing for these tests, as a sentence, or undefined when they can run. */
export function missingForLab(extension?: string): string | undefined {
  const missing = missingChromium();
  if (missing !== undefined) return missing;
  const program = jupyterProgram("jupyter-lab");
  if (!outputOf(program, ["--version"]).startsWith("4.")) {
    return `${program} is not JupyterLab 4; RESIDENCY_JUPYTER_BIN names the folder of another`;
  }
  if (extension === undefined) return undefined;
  const { data } = JSON.parse(outputOf(jupyterProgram("jupyter"), ["--paths", "--json"])) as {
    data: string[];
  };
  return data.some((folder) => existsSync(path.join(folder, "labextensions", extension)))
    ? undefined
    : `JupyterLab's extension ${extension} is not installed`;
}

/** Opens a notebook of these cells in a JupyterLab of its own and waits until the kernel is idle. */
export async function openInLab(...sources: string[]): Promise<LabSession> {
  const home = await mkdtemp(path.join(os.tmpdir(), "residency-lab-"));
  const folder = path.join(home, "notebooks");
  const file = path.join(folder, "notebook.ipynb");
  await mkdir(folder);
  await writeFile(file, serializeNotebook(notebookOf(...sources)));
  const { address, token, stop } = await startServer(home, folder);
  try {
    const browser = await launchChromium();
    const page = await browser.newPage({ viewport: { width: 1280, height: 1800 } });
    page.setDefaultTimeout(20_000);
    await page.goto(`${address}/lab/tree/notebook.ipynb?reset&token=${token}`);
    const connected = async (): Promise<void> => {
      // The indicator says "idle" before there is a kernel.
      await page.waitForFunction(kernelIsIdle, undefined, { timeout: startTimeoutMs });
    };
    await connected();
    return {
      page,
      file,
      connected,
      async command(id) {
        await page.evaluate(`window.jupyterapp.commands.execute(${JSON.stringify(id)})`);
      },
      async close() {
        await browser.close();
        await stop();
      },
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** The saved notebook. */
export function readSaved(session: LabSession): string {
  return readFileSync(session.file, "utf8");
}

interface LabServer {
  address: string;
  token: string;
  stop: () => Promise<void>;
}

async function startServer(home: string, folder: string): Promise<LabServer> {
  const inHome = (name: string): string => path.join(home, name);
  const [port = 0] = await freePorts(1);
  const token = randomBytes(16).toString("hex");
  await installKernelspec({ place: { kind: "prefix", folder: home } });
  const notification = inHome("settings/@jupyterlab/apputils-extension/notification.jupyterlab-settings");
  for (const [name, content] of Object.entries({
    [inHome("config/jupyter_lab_config.json")]: {
      ServerApp: { ip: "127.0.0.1", port, port_retries: 0, open_browser: false, root_dir: folder },
      IdentityProvider: { token },
      LabApp: {
        expose_app_in_browser: true,
        check_for_updates_class: "jupyterlab.NeverCheckForUpdate",
      },
    },
    // No question about news lies over the notebook.
    [notification]: { fetchNews: "false" },
  })) {
    await mkdir(path.dirname(name), { recursive: true });
    await writeFile(name, JSON.stringify(content));
  }
  const server = spawn(jupyterProgram("jupyter-lab"), ["--allow-root"], {
    cwd: folder,
    stdio: ["ignore", "ignore", "pipe"],
    env: {
      ...process.env,
      HOME: home,
      IPYTHONDIR: inHome("ipython"),
      JUPYTER_CONFIG_DIR: inHome("config"),
      JUPYTER_DATA_DIR: inHome("data"),
      JUPYTER_PATH: inHome("share/jupyter"),
      JUPYTER_RUNTIME_DIR: inHome("runtime"),
      JUPYTERLAB_SETTINGS_DIR: inHome("settings"),
      JUPYTERLAB_WORKSPACES_DIR: inHome("workspaces"),
    },
  });
  let log = "";
  server.stderr.setEncoding("utf8").on("data", (text: string) => (log = (log + text).slice(-20_000)));
  const exited = new Promise<void>((resolve) => server.once("close", () => resolve()));
  const stop = async (): Promise<void> => {
    server.kill("SIGTERM");
    const timer = setTimeout(() => server.kill("SIGKILL"), 10_000);
    await exited;
    clearTimeout(timer);
    await rm(home, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
  };
  const address = `http://127.0.0.1:${port}`;
  const deadline = performance.now() + startTimeoutMs;
  while (!(await answers(`${address}/api/status?token=${token}`))) {
    if (performance.now() > deadline || server.exitCode !== null) {
      await stop();
      throw new Error(`JupyterLab did not answer within ${startTimeoutMs} ms. It printed:\n${log}`);
    }
    await sleep(100);
  }
  return { address, token, stop };
}

/** The path of a program of Jupyter's, in the folder that RESIDENCY_JUPYTER_BIN names. */
export function jupyterProgram(name: string): string {
  const folder = process.env["RESIDENCY_JUPYTER_BIN"];
  return folder === undefined ? name : path.join(folder, name);
}

function outputOf(program: string, args: string[]): string {
  const { error, stdout } = spawnSync(program, args, { encoding: "utf8" });
  return error ? "" : stdout;
}

async function answers(url: string): Promise<boolean> {
  try {
    return (await fetch(url)).ok;
  } catch {
    return false;
  }
}
