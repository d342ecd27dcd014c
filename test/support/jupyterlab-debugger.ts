/** JupyterLab with our kernel in a real browser, for the tests of its debugger panel. */
import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import os from "node:os";
import path from "node:path";
import { chromium } from "playwright-core";
import type { Browser, Page } from "playwright-core";
import { createKernelspec } from "../../kernel/install/index.ts";

/** A notebook that is open in JupyterLab. */
export interface DebuggedNotebook {
  page: Page;
  /** Takes a picture when the environment variable RESIDENCY_SCREENSHOTS names a folder for it. */
  picture(name: string): Promise<void>;
  close(): Promise<void>;
}

/** The programs that the tests need. */
export interface JupyterLabPrograms {
  jupyterLab: string;
  browser: string;
}

/** Finds the programs, or says which one is missing and how to name it. */
export function findJupyterLab(): JupyterLabPrograms | string {
  const { RESIDENCY_JUPYTER_BIN: bin, RESIDENCY_CHROMIUM: own, PATH = "" } = process.env;
  const folders = [...(bin ? [bin] : []), ...PATH.split(path.delimiter)];
  const find = (name: string): string | undefined =>
    folders.map((folder) => path.join(folder, name)).find((file) => existsSync(file));
  const jupyterLab = find("jupyter-lab");
  if (jupyterLab === undefined)
    return "jupyter-lab is not on PATH; RESIDENCY_JUPYTER_BIN may name its folder";
  const browser = own ?? find("chromium");
  return browser === undefined
    ? "chromium is not on PATH; RESIDENCY_CHROMIUM may name it"
    : { jupyterLab, browser };
}

/** Starts JupyterLab in a folder of its own and opens a notebook with these code cells. */
export async function openDebuggedNotebook(
  programs: JupyterLabPrograms,
  cells: readonly string[],
): Promise<DebuggedNotebook> {
  const folder = await mkdtemp(path.join(os.tmpdir(), "residency-lab-"));
  const port = await freePort();
  await writeFiles(folder, cells);
  const server = startServer(programs.jupyterLab, folder, port);
  let browser: Browser | undefined;
  const close = async (): Promise<void> => {
    await browser?.close();
    const ended = new Promise((resolve) => server.once("close", resolve));
    server.kill("SIGTERM");
    const timer = setTimeout(() => server.kill("SIGKILL"), 5000);
    await ended;
    clearTimeout(timer);
    await rm(folder, { recursive: true, force: true });
  };
  try {
    await answering(`http://127.0.0.1:${port}/api/status`, server);
    browser = await chromium.launch({
      executablePath: programs.browser,
      args: ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"],
    });
    const page = await browser.newPage({ viewport: { width: 1500, height: 950 } });
    page.setDefaultTimeout(10_000);
    await page.goto(`http://127.0.0.1:${port}/lab/tree/debugged.ipynb`);
    await page
      .locator(".jp-Notebook .jp-CodeCell")
      .nth(cells.length - 1)
      .waitFor({ timeout: 60_000 });
    // What is run before the kernel is there is lost.
    await page.getByText("TypeScript (Residency) | Idle").waitFor({ timeout: 60_000 });
    const picture = async (name: string): Promise<void> => {
      const to = process.env["RESIDENCY_SCREENSHOTS"];
      if (to) await page.screenshot({ path: path.join(to, `${name}.png`) });
    };
    return { page, picture, close };
  } catch (error) {
    await close();
    throw error;
  }
}

async function writeFiles(folder: string, cells: readonly string[]): Promise<void> {
  const write = async (name: string, content: object): Promise<void> => {
    const file = path.join(folder, name);
    await mkdir(path.dirname(file), { recursive: true });
    await writeFile(file, JSON.stringify(content));
  };
  await write("data/kernels/residency/kernel.json", createKernelspec());
  // JupyterLab would ask whether it may fetch news, in front of everything else.
  await write("settings/@jupyterlab/apputils-extension/notification.jupyterlab-settings", {
    fetchNews: "false",
  });
  await write("notebooks/debugged.ipynb", {
    cells: cells.map((source, index) => ({
      ...{ cell_type: "code", id: `cell-${index}`, source, metadata: {}, outputs: [], execution_count: null },
    })),
    metadata: {
      kernelspec: { name: "residency", display_name: "TypeScript (Residency)", language: "typescript" },
    },
    nbformat: 4,
    nbformat_minor: 5,
  });
}

function startServer(program: string, folder: string, port: number): ChildProcess {
  const args = [
    "--no-browser",
    "--allow-root",
    "--ip=127.0.0.1",
    `--port=${port}`,
    "--ServerApp.port_retries=0",
    "--IdentityProvider.token=",
    "--LabApp.extension_manager=readonly",
    `--ServerApp.root_dir=${path.join(folder, "notebooks")}`,
  ];
  return spawn(program, args, {
    cwd: path.join(folder, "notebooks"),
    stdio: "ignore",
    env: {
      ...process.env,
      HOME: folder,
      JUPYTER_DATA_DIR: path.join(folder, "data"),
      JUPYTER_CONFIG_DIR: path.join(folder, "config"),
      JUPYTER_RUNTIME_DIR: path.join(folder, "runtime"),
      JUPYTERLAB_SETTINGS_DIR: path.join(folder, "settings"),
      JUPYTERLAB_WORKSPACES_DIR: path.join(folder, "workspaces"),
    },
  });
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === "object" && address !== null ? address.port : 0;
}

async function answering(url: string, server: ChildProcess): Promise<void> {
  for (let tries = 0; tries < 300; tries++) {
    if (server.exitCode !== null) throw new Error(`jupyter-lab ended with exit code ${server.exitCode}`);
    const answer = await fetch(url).catch(() => undefined);
    if (answer?.ok) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error("jupyter-lab gave no answer in 30 s");
}
