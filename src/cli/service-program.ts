/** What a service starts, and how its words are written for a shell. */

export interface Program {
  /** Absolute. */
  readonly node: string;
  /** Absolute. */
  readonly script: string;
  /** For `listen` and `once` alike. */
  readonly arguments: readonly string[];
  /** What the user has set and a service would not see. */
  readonly variables: readonly (readonly [name: string, value: string])[];
}

/** The whole command line of `p2psync <command>`. */
export function wordsOf(program: Program, command: string, ...options: string[]): string[] {
  return [program.node, program.script, command, ...options, ...program.arguments];
}

/** A here-document that the shell leaves alone, into a file below `directory`. */
export function saved(directory: string, name: string, content: string): string {
  return `cat > ${directory}/${name} <<'END_OF_${name.replace(/\W/g, '_')}'\n${content}END_OF_${name.replace(/\W/g, '_')}\n`;
}
