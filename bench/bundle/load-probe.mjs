// Loads a bundle in a fresh process and prints how long its modules took, in milliseconds. Plain
// JavaScript, so that nothing else is loaded before.
import { pathToFileURL } from "node:url";

const file = pathToFileURL(process.argv[2]).href;
const started = performance.now();
const { handler } = await import(file);
const took = performance.now() - started;
if (typeof handler !== "function") throw new Error(`${file} exports no handler`);
process.stdout.write(String(took));
