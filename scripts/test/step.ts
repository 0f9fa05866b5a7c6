/** What a step of `npm test` is. */
import { run } from "../process.ts";

/** The end of a step: `output` is shown only when it failed; `note` stands in the table. */
export interface StepResult {
  ok: boolean;
  output: string;
  note?: string;
}

/** One check of `npm test`. */
export interface Step {
  /** What `--only` calls it. */
  name: string;
  /** What it checks, in a few words. */
  title: string;
  /** Steps whose result it uses; they run first, also when only this one is asked for. */
  needs?: readonly string[];
  /** It uses every core and writes to the terminal itself: nothing runs beside it. */
  alone?: boolean;
  run(): Promise<StepResult>;
}

/** A step that is one program: it passes when the program exits with 0. */
export function program(name: string, title: string, command: string, args: readonly string[]): Step {
  return {
    name,
    title,
    run: async () => {
      const { code, output } = await run(command, args);
      return { ok: code === 0, output };
    },
  };
}
