/** A JupyterLab server of its own and a browser in front of it, for tests that see what a person sees. */
import { spawn, spawnSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { chromium } from "playwright-core";
import type { Browser, Locator, Page } from "playwright-core";
import { freePorts } from "../../kernel/client/index.ts";
import { installKernelspec } from "../../kernel/install/index.ts";

/** The programs that such a test needs. */
export interface LabPrograms {
  jupyterLab: string;
  chromium: string;
}

/** A running server. */
export interface Lab {
  /** The folder that the server shows. */
  folder: string;
  /** The page of a file in that folder. */
  pageOf(file: string): string;
  stop(): Promise<void>;
}

const startTimeoutMs = 40_000;

/** The programs, or a sentence that says which is missing. */
export function findLabPrograms(): LabPrograms | string {
  const bin = process.env["RESIDENCY_JUPYTER_BIN"];
  const jupyterLab = bin === undefined ? "jupyter-lab" : path.join(bin, "jupyter-lab");
  const { error, stdout: version } = spawnSync(jupyterLab, ["--version"], { encoding: "utf8" });
  if (error || !version.startsWith("4.")) {
    return `${jupyterLab} is not JupyterLab 4; RESIDENCY_JUPYTER_BIN names the folder of another`;
  }
  const browser = process.env["RESIDENCY_CHROMIUM"] ?? "chromium";
  const found = spawnSync("which", [browser], { encoding: "utf8" }).stdout.trim();
  if (found === "") return `there is no program ${browser}; RESIDENCY_CHROMIUM names another`;
  return { jupyterLab, chromium: found };
}

/** Starts a server on a local port with a token, our kernelspec, and settings of its own. */
export async function startLab(programs: LabPrograms): Promise<Lab> {
  const home = await mkdtemp(path.join(os.tmpdir(), "residency-lab-"));
  const folder = path.join(home, "notebooks");
  await mkdir(folder);
  await installKernelspec({ place: { kind: "prefix", folder: home } });
  const [port = 0] = await freePorts(1);
  const token = randomBytes(16).toString("hex");
  const inHome = (name: string): string => path.join(home, name);
  const settings = {
    ServerApp: {
      ip: "127.0.0.1",
      port,
      port_retries: 0,
      open_browser: false,
      allow_root: true,
      root_dir: folder,
    },
    IdentityProvider: { token },
    LabApp: { news_url: null, check_for_updates_class: "jupyterlab.NeverCheckForUpdate" },
  };
  await mkdir(inHome("config"));
  await writeFile(inHome("config/jupyter_lab_config.json"), JSON.stringify(settings));
  const server = spawn(programs.jupyterLab, [], {
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
  const base = `http://127.0.0.1:${port}`;
  const deadline = performance.now() + startTimeoutMs;
  while (!(await answers(`${base}/api/status?token=${token}`))) {
    if (performance.now() > deadline || server.exitCode !== null) {
      await stop();
      throw new Error(`JupyterLab did not answer within ${startTimeoutMs} ms. It printed:\n${log}`);
    }
    await sleep(100);
  }
  return { folder, pageOf: (file) => `${base}/lab/tree/${file}?token=${token}`, stop };
}

/** A headless browser; with a user that is root it has no sandbox of its own. */
export function launchBrowser(programs: LabPrograms): Promise<Browser> {
  return chromium.launch({
    executablePath: programs.chromium,
    headless: true,
    args: ["--disable-gpu", "--no-first-run", "--disable-background-networking"],
  });
}

/** An open notebook in JupyterLab, in the words of its user. */
export interface NotebookPage {
  page: Page;
  /** The cell with this index. */
  cell(index: number): Locator;
  outputs(index: number): Locator;
  /** Chooses an entry of a menu of the menu bar. */
  menu(name: string, entry: string | RegExp): Promise<void>;
  /** Runs a cell with Shift+Enter. */
  run(index: number): Promise<void>;
  /** Replaces a cell's code by typing and leaves the cursor behind it. */
  type(index: number, code: string): Promise<void>;
  /** Presses a button of the notebook's toolbar. */
  toolbar(item: "interrupt" | "restart"): Promise<void>;
  /** Resolves when the kernel's indicator says so. */
  kernelIs(status: "idle" | "busy"): Promise<void>;
  /** Keeps a picture where RESIDENCY_SCREENSHOTS names a folder. */
  screenshot(name: string): Promise<void>;
}

/** Opens a notebook and waits until its kernel is idle. */
export async function openNotebook(browser: Browser, url: string): Promise<NotebookPage> {
  const page = await browser.newPage({ viewport: { width: 1280, height: 1800 } });
  page.setDefaultTimeout(20_000);
  await page.goto(url);
  const notebook = page.locator(".jp-NotebookPanel:not(.lm-mod-hidden)");
  const cell = (index: number): Locator => notebook.locator(`.jp-Cell[data-windowed-list-index="${index}"]`);
  const focus = (index: number): Promise<void> => cell(index).locator(".cm-content").click();
  const kernelIs = (status: string): Promise<void> =>
    notebook.locator(`.jp-Notebook-ExecutionIndicator[data-status="${status}"]`).first().waitFor();
  await kernelIs("idle");
  return {
    page,
    cell,
    kernelIs,
    outputs: (index) => cell(index).locator(".jp-OutputArea-output"),
    async menu(name, entry) {
      await page.locator(".lm-MenuBar-item", { hasText: new RegExp(`^${name}$`) }).click();
      await page.locator(".lm-Menu-item", { hasText: entry }).first().click();
    },
    async run(index) {
      await focus(index);
      await page.keyboard.press("Shift+Enter");
    },
    async type(index, code) {
      await focus(index);
      await page.keyboard.press("ControlOrMeta+a");
      await page.keyboard.press("Backspace");
      await page.keyboard.type(code);
    },
    toolbar: (item) => notebook.locator(`.jp-Toolbar-item[data-jp-item-name="${item}"]`).click(),
    async screenshot(name) {
      const folder = process.env["RESIDENCY_SCREENSHOTS"];
      if (folder !== undefined) await page.screenshot({ path: path.join(folder, `${name}.png`) });
    },
  };
}

async function answers(url: string): Promise<boolean> {
  try {
    return (await fetch(url)).ok;
  } catch {
    return false;
  }
}
