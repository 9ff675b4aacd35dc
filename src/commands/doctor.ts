import type { Command } from 'commander';
import type { Finding } from './doctor-checks.ts';
import { printJson, printLine, printTable } from './print.ts';
import { addSettings, configOf } from './settings.ts';
import type { Flags } from '../runtime/config.ts';

export function addDoctor(program: Command): void {
  const command = program
    .command('doctor')
    .description('Says what works on this machine, and what to do about the rest. Changes nothing.')
    .option('--json', 'print {"ok", "checks": [{"name", "status", "detail", "hint"}]}')
    .action(async (flags: Flags & { json?: boolean }) => {
      const config = configOf(flags);
      const { checkAll } = await import('./doctor-checks.ts');
      const findings = await checkAll(config);
      const ok = findings.every(({ status }) => status !== 'fail');
      await (flags.json ? printJson({ ok, checks: findings }) : printFindings(findings));
      if (!ok) process.exitCode = 1;
    });
  addSettings(command, ['dataDir', 'host', 'port', 'device', 'precision', 'base']);
}

async function printFindings(findings: readonly Finding[]): Promise<void> {
  await printTable(findings.map(({ status, name, detail }) => [status, name, detail]));
  for (const { name, hint } of findings) if (hint !== undefined) await printLine(`\n${name}: ${hint}`);
}
