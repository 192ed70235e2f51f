/** What package-lock.json promises of what is installed (docs/SECURITY.md, "Dependencies"). */
import fs from 'node:fs';
import { expect, test } from 'vitest';

interface Locked {
  readonly version?: string;
  readonly integrity?: string;
  readonly resolved?: string;
  readonly optional?: boolean;
  readonly dev?: boolean;
  readonly os?: readonly string[];
  readonly cpu?: readonly string[];
  readonly libc?: readonly string[];
}

const { packages } = JSON.parse(fs.readFileSync('package-lock.json', 'utf8')) as { packages: Record<string, Locked> };
const installed = Object.entries(packages).filter(([place]) => place !== '');

test('whatever is not an addon for another system is locked by the hash of its content', () => {
  const open = installed.filter(([, { integrity }]) => !integrity?.startsWith('sha512-'));
  for (const [place, { optional, dev, os, cpu, libc }] of open) {
    const isForLinux = os?.includes('linux') && cpu?.includes('x64') && (libc?.includes('glibc') ?? true);
    expect([place, optional, isForLinux && dev !== true]).toEqual([place, true, false]);
  }
});

test('every version is exact, and no package names the host that it came from', () => {
  const { dependencies, devDependencies } = JSON.parse(fs.readFileSync('package.json', 'utf8'));
  for (const [name, version] of Object.entries({ ...dependencies, ...devDependencies }))
    expect([name, version]).toEqual([name, packages[`node_modules/${name}`]?.version]);
  for (const [place, { resolved }] of installed) expect([place, resolved]).toEqual([place, undefined]);
});
