/** The process that does one job, so that its peak memory is that job's: its argument is the job, its output JSON lines. */
import { trainForCheck } from "./check-losses.ts";
import { runCommand, printLine } from "./command.ts";
import type { Job } from "./job.ts";
import { measureWorkload, startBackend } from "./measure-workload.ts";
import { measureOperations } from "./operations.ts";

async function run(job: Job): Promise<void> {
  switch (job.task) {
    case "backend":
      printLine(await startBackend());
      return;
    case "workload":
      printLine(await measureWorkload(job.workload, job.seconds));
      return;
    case "check":
      printLine(await trainForCheck(job.workload, job.file));
      return;
    case "operations": {
      const { engine } = await startBackend();
      for await (const timing of measureOperations(job)) printLine({ engine, ...timing });
    }
  }
}

// The parent is this project's own main.ts or peers.ts.
await runCommand(([job = ""]) => run(JSON.parse(job) as Job));
