/** The table of subcommands; each is loaded only when it is called. */

/** A subcommand: `run` takes the arguments after its name and gives the exit code. */
export interface CommandModule {
  run(args: string[]): Promise<number>;
}

/** A row of the table. */
export interface CommandEntry {
  summary: string;
  load(): Promise<CommandModule>;
}

/** Every subcommand by name. */
export const commands: Record<string, CommandEntry> = {
  run: {
    summary: "run notebooks from top to bottom and write a report",
    load: () => import("./run.ts"),
  },
  grade: {
    summary: "grade submitted notebooks against the solutions",
    load: () => import("./grade.ts"),
  },
  release: {
    summary: "generate course notebooks, exercises and solutions from their sources",
    load: () => import("./release.ts"),
  },
  translate: {
    summary: "list what of the course is untranslated, and take translations",
    load: () => import("./translate.ts"),
  },
  book: {
    summary: "render the course to a static site with search",
    load: () => import("./book.ts"),
  },
  corpus: {
    summary: "write the synthetic clinical corpus and its tokenizer",
    load: () => import("./corpus.ts"),
  },
  deidentify: {
    summary: "replace identifiers in clinical texts, and move their dates",
    load: () => import("./deidentify.ts"),
  },
  pretrain: {
    summary: "train the base model that the course fine-tunes",
    load: () => import("./pretrain.ts"),
  },
  train: {
    summary: "fine-tune a model as a file says, with checkpoints",
    load: () => import("./train.ts"),
  },
  serve: {
    summary: "answer on a page, base and tuned model side by side",
    load: () => import("./serve.ts"),
  },
  export: {
    summary: "write a model for other programs: GGUF, merged safetensors",
    load: () => import("./export.ts"),
  },
  kernel: { summary: "install, remove or start the Jupyter kernel", load: () => import("./kernel.ts") },
  doctor: {
    summary: "check that everything works here, and say what to do",
    load: () => import("./doctor.ts"),
  },
  backend: {
    summary: "build what a compute backend needs: TensorFlow's binding",
    load: () => import("./backend.ts"),
  },
  estimate: {
    summary: "say how much memory training or running a model takes",
    load: () => import("./estimate.ts"),
  },
  lab: { summary: "start JupyterLab with the kernel, nothing installed", load: () => import("./lab.ts") },
};
