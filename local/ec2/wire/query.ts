// What does this form ask? Turns the Query protocol's flat names
// (IpPermissions.1.IpRanges.2.CidrIp) into nested, typed values, and refuses what the action's
// shape does not know.

import { Ec2Error, invalidValue } from "../errors.ts";
import type { List, Members, Scalar, Shape, Struct } from "./shapes.ts";

/** A decoded parameter, keyed by wire names. */
export type Value = string | number | boolean | Value[] | Input;
export interface Input {
  [wireName: string]: Value;
}

type Tree = Map<string, Tree | string>;

const maxParameters = 50_000;
const maxDepth = 8;
// What XML 1.0 cannot carry could be stored but never read back.
const notXml = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/;
const signing = /^(X-Amz-.*|AWSAccessKeyId|Signature|SignatureVersion|SignatureMethod|Timestamp)$/;

/** Reads a form by the shapes of one action; Action, Version and signing parameters are skipped. */
export function decodeForm(form: URLSearchParams, members: Members): Input {
  return decodeMembers(treeOf(form), members, "");
}

function treeOf(form: URLSearchParams): Tree {
  if (form.size > maxParameters) throw invalidValue("The request has too many parameters");
  const root: Tree = new Map();
  for (const [name, value] of form) {
    if (name === "Action" || name === "Version" || signing.test(name)) continue;
    if (notXml.test(value)) throw invalidValue(`Invalid characters in parameter ${name}`);
    plant(root, name, value);
  }
  return root;
}

function plant(root: Tree, name: string, value: string): void {
  const path = name.split(".");
  if (path.length > maxDepth) throw unknown(name);
  let node = root;
  for (const part of path.slice(0, -1)) {
    const next = node.get(part) ?? new Map();
    if (typeof next === "string") throw unknown(name);
    node.set(part, next);
    node = next;
  }
  const last = path[path.length - 1] ?? "";
  if (node.has(last)) throw invalidValue(`The parameter ${name} is given more than once`);
  node.set(last, value);
}

function unknown(name: string): Ec2Error {
  return new Ec2Error("UnknownParameter", `The parameter ${name} is not recognized`);
}

function decodeMembers(tree: Tree, members: Members, path: string): Input {
  const input: Input = {};
  for (const [name, node] of tree) {
    const shape = Object.hasOwn(members, name) ? members[name] : undefined;
    if (shape === undefined) throw unknown(path + name);
    input[name] = decode(node, shape, path + name);
  }
  return input;
}

function decode(node: Tree | string, shape: Shape, path: string): Value {
  if (typeof shape === "string") {
    if (typeof node !== "string") throw unknown(path);
    return scalar(node, shape, path);
  }
  if (typeof node === "string") {
    // `IpPermissions=` is how some clients send an empty list.
    if (node === "" && isList(shape)) return [];
    throw unknown(path);
  }
  return isList(shape)
    ? decodeList(node, shape, path)
    : decodeMembers(node, shape.members, `${path}.`);
}

function isList(shape: Struct | List): shape is List {
  return "list" in shape;
}

function decodeList(tree: Tree, shape: List, path: string): Value[] {
  const keys = [...tree.keys()];
  for (const key of keys) if (!/^\d{1,6}$/.test(key)) throw unknown(`${path}.${key}`);
  keys.sort((a, b) => Number(a) - Number(b));
  return keys.map(key => decode(tree.get(key) ?? "", shape.list, `${path}.${key}`));
}

function scalar(text: string, shape: Scalar, path: string): Value {
  if (shape === "text") return text;
  if (shape === "int") {
    if (!/^-?\d{1,15}$/.test(text)) {
      throw invalidValue(`Invalid value '${text}' for ${path}. It must be an integer`);
    }
    return Number(text);
  }
  if (!/^(true|false)$/i.test(text)) {
    throw invalidValue(`Invalid value '${text}' for ${path}. It must be true or false`);
  }
  return text.toLowerCase() === "true";
}

/** The text of a parameter; absent is undefined. */
export function textOf(input: Input, name: string): string | undefined {
  const value = input[name];
  return typeof value === "string" ? value : undefined;
}

/** The number of a parameter; absent is undefined. */
export function intOf(input: Input, name: string): number | undefined {
  const value = input[name];
  return typeof value === "number" ? value : undefined;
}

/** The truth of a parameter; absent is false. */
export function flagOf(input: Input, name: string): boolean {
  return input[name] === true;
}

/** A nested structure; absent is undefined. */
export function structOf(input: Input, name: string): Input | undefined {
  const value = input[name];
  return value !== undefined && isInput(value) ? value : undefined;
}

/** A list of texts; absent is empty. */
export function textsOf(input: Input, name: string): string[] {
  const value = input[name];
  return Array.isArray(value) ? value.filter(item => typeof item === "string") : [];
}

/** A list of structures; absent is empty. */
export function structsOf(input: Input, name: string): Input[] {
  const value = input[name];
  return Array.isArray(value) ? value.filter(isInput) : [];
}

function isInput(value: Value): value is Input {
  return typeof value === "object" && !Array.isArray(value);
}
