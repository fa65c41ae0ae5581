// Prints what a first visit downloads, and fails when scripts and styles together exceed the budget.
import { readdirSync, readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';

const BUDGET = 60 * 1024;
const folder = new URL('../dist/assets/', import.meta.url);
let total = 0;
for (const name of readdirSync(folder).sort()) {
  const bytes = gzipSync(readFileSync(new URL(name, folder)), { level: 9 }).length;
  total += bytes;
  console.log(`${(bytes / 1024).toFixed(1).padStart(7)} kB gz  ${name}`);
}
console.log(`${(total / 1024).toFixed(1).padStart(7)} kB gz  in all, of at most ${BUDGET / 1024}`);
if (total > BUDGET) process.exit(1);
