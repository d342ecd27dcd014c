/** A project of cells on the disk, and a compiler that knows its present state. */
import { writeFileSync } from "node:fs";
import path from "node:path";
import { createCellFolder, draftFiles, exportPlace, scopeFile } from "./cell-folder.ts";
import { connectCompiler } from "./connection.ts";
import type { CompilerConnection } from "./connection.ts";
import { createLocalModules } from "./local-modules.ts";
import { scopeLine } from "./scope-module.ts";
import { overwriteFile } from "./overwrite-file.ts";

/** Something that the compiler has to say; offsets are of UTF-16. */
export interface CompilerDiagnostic {
  fileName?: string;
  pos: number;
  end: number;
  code: number;
  /** 1 is an error. */
  category: number;
  text: string;
  messageChain?: CompilerDiagnostic[];
}

/** The errors in a file, of its syntax and of its types. */
export interface Diagnosis {
  syntactic: CompilerDiagnostic[];
  semantic: CompilerDiagnostic[];
}

/** The project. */
export interface CellProject {
  /** Writes a file of the cells' folder; the compiler knows of it after the next `update`. */
  write(name: string, text: string): void;
  /** Compiler options beyond the usual ones, from the next `update` on. */
  setOptions(options: object): void;
  /** Lets the cells from now on import from another folder, without one from the notebook's own again. */
  moveTo(otherFolder?: string): void;
  /** Tells the compiler what was written since, and which local modules have changed. */
  update(): Promise<void>;
  /** An `update` and a `diagnose` of a file, asked in one go; `onAsked` is called while the compiler works. */
  check(name: string, onAsked: () => void): Promise<Diagnosis>;
  /** Asks about the state of the latest `update`. */
  ask<T>(method: string, parameters?: object): Promise<T>;
  /** Lets the compiler read and check the standard library, before anybody waits for it. */
  warmUp(): Promise<void>;
  /** Errors in a file, of its syntax and of its types. */
  diagnose(name: string): Promise<Diagnosis>;
  /** Watches the local modules that the program has by now. */
  watchLocalModules(): Promise<void>;
  /** Ends the compiler, whose questions fail; the next update starts another one. */
  abandon(): void;
  /** The full path of a file of the cells' folder. */
  pathOf(name: string): string;
  close(): void;
}

interface Snapshot {
  snapshot: number;
  projects: { id: string }[];
}

const maxRestarts = 5;
const compilerEnded = (): Error => new Error("The TypeScript compiler ended; run the cell again.");
const moduleNotFound = new Set([2307, 2792, 7016]);

/** Opens a project for the notebook in `notebookFolder` and starts the compiler. */
export function openCellProject(compiler: string, notebookFolder: string): CellProject {
  const folder = createCellFolder(notebookFolder);
  const localModules = createLocalModules();
  const pending = { changed: new Set<string>(), created: new Set<string>() };
  /** Files that are there; the text of those that have been written more than once, as drafts are. */
  const written = new Map<string, string | undefined>();
  let latest: { name: string; snapshot: number; diagnosis: Diagnosis } | undefined;
  let connection: CompilerConnection | undefined;
  let current: Snapshot | undefined;
  let restarts = 0;
  let moduleMissing = false;
  let closed = false;
  let place = notebookFolder;

  const pathOf = (name: string): string => folder.pathOf(name);
  const connect = (): CompilerConnection => {
    const started = connectCompiler(compiler, folder.path);
    void started.ended.then(() => {
      if (connection !== started) return;
      // The next update starts another one, which reads everything from the disk.
      connection = undefined;
      current = undefined;
    });
    return started;
  };
  const open = async (): Promise<void> => {
    restarts += 1;
    if (closed || restarts > maxRestarts) {
      throw new Error("The TypeScript compiler ends again and again; restart the kernel.");
    }
    connection ??= connect();
    pending.changed.clear();
    pending.created.clear();
    const started = connection;
    await started.request("initialize", null);
    current = await started.request<Snapshot>("updateSnapshot", { openProjects: [folder.tsconfig] });
  };

  /** What has changed, or undefined where nothing has: a cell that runs again as it is need not be checked again. */
  const findChanges = async (): Promise<object | undefined> => {
    const changed = [...pending.changed, ...(await localModules.changed())];
    const created = [...pending.created];
    pending.changed.clear();
    pending.created.clear();
    // What was missing may have been installed since.
    const fileChanges = moduleMissing ? { invalidateAll: true } : { changed, created };
    if (!moduleMissing && changed.length + created.length === 0) return undefined;
    moduleMissing = false;
    return fileChanges;
  };
  const refresh = async (
    fileChanges: object,
    used: CompilerConnection,
    { snapshot }: Snapshot,
  ): Promise<void> => {
    current = await used.request<Snapshot>("updateSnapshot", { fileChanges });
    restarts = 0;
    used.request("release", { snapshot }).catch(() => undefined);
  };
  const diagnose = async (
    used: CompilerConnection,
    { snapshot, projects }: Snapshot,
    name: string,
  ): Promise<Diagnosis> => {
    const parameters = { snapshot, project: projects[0]?.id, file: pathOf(name) };
    const [syntactic, semantic] = await Promise.all([
      used.request<CompilerDiagnostic[] | null>("getSyntacticDiagnostics", parameters),
      used.request<CompilerDiagnostic[] | null>("getSemanticDiagnostics", parameters),
    ]);
    moduleMissing = (semantic ?? []).some(({ code }) => moduleNotFound.has(code));
    latest = { name, snapshot, diagnosis: { syntactic: syntactic ?? [], semantic: semantic ?? [] } };
    return latest.diagnosis;
  };

  const project: CellProject = {
    pathOf,
    write(name, text) {
      const file = pathOf(name);
      if (!written.has(file)) {
        writeFileSync(file, text);
        pending.created.add(file);
        written.set(file, undefined);
      } else if (written.get(file) !== text) {
        overwriteFile(file, text);
        pending.changed.add(file);
        written.set(file, text);
      }
    },
    setOptions(options) {
      folder.setOptions(options);
      pending.changed.add(folder.tsconfig);
    },
    moveTo(other = notebookFolder) {
      if (other === place) return;
      place = other;
      folder.moveTo(place);
      pending.changed.add(folder.tsconfig);
      writeDrafts();
    },
    async update() {
      if (!current || !connection) await open();
      else {
        const [used, before] = [connection, current];
        const changes = await findChanges();
        if (changes) await refresh(changes, used, before);
      }
    },
    async check(name, onAsked) {
      const changes = await findChanges();
      if (!current || !connection) {
        await open();
        const diagnosis = project.diagnose(name);
        onAsked();
        return diagnosis;
      }
      const [used, before] = [connection, current];
      if (!changes) {
        onAsked();
        if (latest?.name === name && latest.snapshot === before.snapshot) return latest.diagnosis;
        return project.diagnose(name);
      }
      // The compiler counts its snapshots, and answers one question after another.
      const expected = before.snapshot + 1;
      const [updating, diagnosing] = used.together(() => [
        refresh(changes, used, before),
        diagnose(used, { ...before, snapshot: expected }, name),
      ]);
      onAsked();
      const [updated, diagnosed] = await Promise.allSettled([updating, diagnosing]);
      if (updated.status === "rejected") throw updated.reason;
      if (diagnosed.status === "fulfilled" && current.snapshot === expected) return diagnosed.value;
      return project.diagnose(name);
    },
    ask<T>(method: string, parameters: object = {}) {
      if (!current || !connection) return Promise.reject(compilerEnded());
      const { snapshot, projects } = current;
      return connection.request<T>(method, { snapshot, project: projects[0]?.id, ...parameters });
    },
    async warmUp() {
      await project.update();
      await project.diagnose(draftFiles.ts);
    },
    async diagnose(name) {
      if (!current || !connection) throw compilerEnded();
      return diagnose(connection, current, name);
    },
    async watchLocalModules() {
      const files = await project.ask<string[]>("getSourceFileNames");
      const local = files.filter(
        (file) => path.isAbsolute(file) && !file.includes("/node_modules/") && !folder.owns(file),
      );
      await localModules.add(local);
    },
    abandon() {
      // It does not end by a fault of its own.
      restarts = 0;
      connection?.kill();
    },
    close() {
      closed = true;
      connection?.close();
      folder.remove();
    },
  };
  const writeDrafts = (): void => {
    for (const name of Object.values(draftFiles)) {
      project.write(name, `Math;\n${scopeLine([])}\n${exportPlace}`);
    }
  };
  project.write(scopeFile, "export {};");
  writeDrafts();
  connection = connect();
  return project;
}
