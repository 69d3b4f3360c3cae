// How is an answer written? Plain values become EC2's XML: a list is a run of <item>, absent
// members are left out. Element names come from our code, texts are escaped.

/** An answer's value; undefined is left out. */
export type Xml = string | number | boolean | undefined | Xml[] | Fields;
export interface Fields {
  [name: string]: Xml;
}

export const namespace = "http://ec2.amazonaws.com/doc/2016-11-15/";
const prolog = '<?xml version="1.0" encoding="UTF-8"?>\n';
const escapes: { [character: string]: string } = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "\r": "&#13;",
};

/** Writes the answer of a call that succeeded. */
export function answerXml(action: string, requestId: string, fields: Fields): string {
  const inner = element("requestId", requestId) + content(fields);
  return `${prolog}<${action}Response xmlns="${namespace}">${inner}</${action}Response>`;
}

/** Writes EC2's error answer. */
export function errorXml(code: string, message: string, requestId: string): string {
  const error = element("Code", code) + element("Message", message);
  const id = element("RequestID", requestId);
  return `${prolog}<Response><Errors><Error>${error}</Error></Errors>${id}</Response>`;
}

function content(fields: Fields): string {
  let text = "";
  for (const name in fields) text += element(name, fields[name]);
  return text;
}

function element(name: string, value: Xml): string {
  if (value === undefined) return "";
  if (Array.isArray(value)) {
    let items = "";
    for (const item of value) items += element("item", item);
    return `<${name}>${items}</${name}>`;
  }
  const inner = typeof value === "object" ? content(value) : escaped(String(value));
  return `<${name}>${inner}</${name}>`;
}

function escaped(text: string): string {
  return text.replace(/[&<>"\r]/g, character => escapes[character] ?? character);
}
