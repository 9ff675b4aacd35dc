import { readFileSync, readlinkSync } from 'node:fs';

/** Process id and, where the system tells, the moment it started: ids are used again, in containers at once. */
export function processName(pid: number = process.pid): string {
  return `${pid} ${startOf(pid)}`;
}

/** Whether the process of a name runs on this machine, and in this container. */
export function isRunning(name: string): boolean {
  const pid = Number.parseInt(name, 10);
  if (!Number.isSafeInteger(pid) || pid <= 0) return false;
  try {
    process.kill(pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EPERM') return false;
  }
  return name === processName(pid);
}

/**
 * Where names of processes mean something: this start of this machine's kernel, and this container, which no other has.
 * Null where the system does not tell.
 */
export function processSpace(): string | null {
  try {
    return `${readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()} ${readlinkSync('/proc/self/ns/pid')}`;
  } catch {
    return null;
  }
}

function startOf(pid: number): string {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The command's name is in parentheses and may hold anything; the start is the 20th field after it.
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? '';
  } catch {
    return '';
  }
}
